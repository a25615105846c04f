/** The AWS SDK that asks what it is told to (asked.ts): a question on each line of standard input, what it got on a line. */
import { createInterface } from 'node:readline'
import * as sdk from '@aws-sdk/client-nimble'

type Question =
  | { do: 'call'; operation: string; input: object }
  | { do: 'walk'; operation: string; input: object; items: string; id: string }
  | { do: 'wait'; waiter: string; input: object }
  | { do: 'next' }

const nimble = new sdk.NimbleClient({})
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

const say = (said: object) => process.stdout.write(`${JSON.stringify(said, told)}\n`)

/** Times as in the API. */
const told = (_: string, value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT.*\.000Z$/.test(value) ? value.replace('.000Z', 'Z') : value

// What the SDK exports is found by the name of the operation, of which its types know nothing.
const exported = sdk as unknown as Record<string, unknown>

const call = async (operation: string, input: object) => {
  const Command = exported[`${operation}Command`] as new (input: object) => sdk.GetStudioCommand
  try {
    const { $metadata: _, ...answer } = await nimble.send(new Command(input))
    say({ answer })
  } catch (error) {
    if (!(error instanceof sdk.NimbleServiceException)) throw error
    const { context } = error as { context?: Record<string, string> }
    const typed = error.constructor !== sdk.NimbleServiceException
    const { name, $metadata } = error
    say({ error: { name, typed, status: $metadata.httpStatusCode, reason: context?.reason } })
  }
}

const walk = async (operation: string, input: object, items: string, id: string) => {
  const paginate = exported[`paginate${operation}`] as (
    config: object,
    input: object,
  ) => AsyncIterable<Record<string, Record<string, string>[]>>
  for await (const page of paginate({ client: nimble }, input)) {
    say({ ids: page[items]?.map(item => item[id]) })
    await lines.next()
  }
  say({})
}

const wait = async (waiter: string, input: object) => {
  const waitUntil = exported[`waitUntil${waiter}`] as (config: object, input: object) => Promise<{ state: string }>
  try {
    const { state } = await waitUntil({ client: nimble, maxWaitTime: 3, minDelay: 1, maxDelay: 1 }, input)
    say({ outcome: state === 'SUCCESS' ? 'success' : 'neither' })
  } catch (error) {
    // Of a failure the SDK tells in no other way.
    say({ outcome: error instanceof Error && error.message.includes('"FAILURE"') ? 'failure' : 'neither' })
  }
}

for (;;) {
  const { value, done } = await lines.next()
  if (done) break
  const question = JSON.parse(value) as Question
  if (question.do === 'call') await call(question.operation, question.input)
  else if (question.do === 'walk') await walk(question.operation, question.input, question.items, question.id)
  else if (question.do === 'wait') await wait(question.waiter, question.input)
}
