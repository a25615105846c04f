/** STS GetCallerIdentity, in the query protocol: a form or a query string in, XML out. Everybody may ask who he is. */
import { refusal } from '../contract/errors.ts'
import type { Incoming, Outgoing } from '../contract/http.ts'
import type { Neighbour } from './neighbours.ts'

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/'

export const sts: Neighbour = {
  service: 'sts',
  async answer({ caller, installation }, request, requestId) {
    const action = parametersOf(request).get('Action')
    if (action !== 'GetCallerIdentity')
      throw refusal('UnknownOperationException', 'UNKNOWN_OPERATION', 'Of STS, only GetCallerIdentity is here.')
    const { accountId } = installation
    const result = [
      element('Arn', text(`arn:aws:iam::${accountId}:user/${caller.userName}`)),
      element('UserId', text(caller.principalId)),
      element('Account', text(accountId)),
    ].join('')
    const metadata = element('ResponseMetadata', element('RequestId', text(requestId)))
    return xml(200, 'GetCallerIdentityResponse', element('GetCallerIdentityResult', result) + metadata)
  },
  refuse({ name, status, message }, requestId) {
    const type = element('Type', status < 500 ? 'Sender' : 'Receiver')
    const error = type + element('Code', text(codes[name] ?? name)) + element('Message', text(message))
    return xml(status, 'ErrorResponse', element('Error', error) + element('RequestId', text(requestId)))
  },
}

/** What the service of AWS calls the refusals that every service has. */
const codes: Readonly<Record<string, string>> = {
  UnrecognizedClientException: 'InvalidClientTokenId',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  IncompleteSignatureException: 'IncompleteSignature',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  UnknownOperationException: 'InvalidAction',
  ThrottlingException: 'Throttling',
  InternalServerErrorException: 'InternalFailure',
}

const parametersOf = ({ method, rawQuery, body }: Incoming): URLSearchParams =>
  new URLSearchParams(method === 'GET' ? rawQuery : Buffer.from(body).toString())

const xml = (status: number, name: string, content: string): Outgoing => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: [`<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${namespace}">${content}</${name}>\n`],
})

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`

const text = (value: string): string => value.replace(/[<>&"']/g, character => `&#${character.charCodeAt(0)};`)
