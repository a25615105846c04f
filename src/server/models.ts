/**
 * The folder that AWS_DATA_PATH names: the model of the API, which the AWS SDKs of today no longer ship, and where
 * this server is. With it, boto3 and the AWS CLI find Atelier without being told an endpoint; older versions of both,
 * Debian 12's among them, know no AWS_ENDPOINT_URL_NIMBLE.
 */
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { services } from '../contract/model.ts'

const { apiVersion, signingName } = services.nimble
const source = new URL(`../../contract/${signingName}/${apiVersion}/`, import.meta.url)

/** Writes the folder anew and returns its path. */
export const writeModels = (home: string, publicUrl: string): string => {
  const models = join(home, 'models')
  const writing = join(home, `models.writing`)
  rmSync(writing, { recursive: true, force: true })
  const folder = join(writing, signingName, apiVersion)
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  for (const name of ['service-2.json', 'paginators-1.json', 'waiters-2.json'])
    copyFileSync(new URL(name, source), join(folder, name))
  writeFileSync(join(folder, 'endpoint-rule-set-1.json'), JSON.stringify(endpointRules(publicUrl), null, 2))
  rmSync(models, { recursive: true, force: true })
  renameSync(writing, models)
  return models
}

/** Rules for botocore: an endpoint that the caller names goes before the one of this server. */
const endpointRules = (publicUrl: string) => ({
  version: '1.0',
  parameters: {
    Region: { builtIn: 'AWS::Region', required: false, documentation: 'The region to sign for', type: 'String' },
    UseDualStack: {
      builtIn: 'AWS::UseDualStack',
      required: true,
      default: false,
      documentation: 'Ignored',
      type: 'Boolean',
    },
    UseFIPS: { builtIn: 'AWS::UseFIPS', required: true, default: false, documentation: 'Ignored', type: 'Boolean' },
    Endpoint: { builtIn: 'SDK::Endpoint', required: false, documentation: 'Another server', type: 'String' },
  },
  rules: [
    {
      conditions: [{ fn: 'isSet', argv: [{ ref: 'Endpoint' }] }],
      endpoint: { url: { ref: 'Endpoint' }, properties: {}, headers: {} },
      type: 'endpoint',
    },
    { conditions: [], endpoint: { url: publicUrl, properties: {}, headers: {} }, type: 'endpoint' },
  ],
})
