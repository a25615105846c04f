/**
 * The folder that AWS_DATA_PATH names: the models of the API, which the AWS SDKs of today no longer ship, and of
 * Atelier's own administration, and where this server is. With it, boto3 and the AWS CLI find Atelier without being told
 * an endpoint; older versions of both, Debian 12's among them, know no AWS_ENDPOINT_URL_NIMBLE. The same files are at
 * `/model/`, for workstations that have no such folder.
 */
import { hash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { services } from '../contract/model.ts'

/** Text of every file, by its path below the folder. */
export const modelFiles = (publicUrl: string): ReadonlyMap<string, string> => {
  const files = new Map<string, string>()
  for (const { signingName, apiVersion } of Object.values(services)) {
    const folder = `${signingName}/${apiVersion}`
    for (const name of ['service-2.json', 'paginators-1.json', 'waiters-2.json']) {
      const source = new URL(`../../contract/${folder}/${name}`, import.meta.url)
      if (existsSync(source)) files.set(`${folder}/${name}`, readFileSync(source, 'utf8'))
    }
    files.set(`${folder}/endpoint-rule-set-1.json`, JSON.stringify(endpointRules(publicUrl), null, 2))
  }
  return files
}

const indexOf = (files: ReadonlyMap<string, string>) => JSON.stringify({ files: [...files.keys()] }, null, 2)

/** Writes the folder anew and returns its path. */
export const writeModels = (home: string, publicUrl: string): string => {
  const models = join(home, 'models')
  const writing = join(home, `models.writing`)
  rmSync(writing, { recursive: true, force: true })
  const files = modelFiles(publicUrl)
  for (const [path, text] of [...files, ['index.json', indexOf(files)] as const]) {
    mkdirSync(dirname(join(writing, path)), { recursive: true, mode: 0o755 })
    writeFileSync(join(writing, path), text)
  }
  rmSync(models, { recursive: true, force: true })
  renameSync(writing, models)
  return models
}

/** `GET /model/` lists the files, `GET /model/nimble/…` gives one. For everybody: there is no secret in them. */
export const modelRoutes =
  (publicUrl: () => string) =>
  (app: FastifyInstance): void => {
    let answers: ReadonlyMap<string, { text: string; tag: string }> | undefined
    const find = (path: string) => {
      if (!answers) {
        const files = modelFiles(publicUrl())
        answers = new Map(
          [...files, ['', indexOf(files)] as const].map(([name, text]) => [name, { text, tag: tagOf(text) }]),
        )
      }
      return answers.get(path)
    }
    // Looked up whole and never taken apart: what is no key of the map is not there.
    app.get('/model/*', (request, reply) => {
      const found = find((request.params as { '*': string })['*'])
      if (!found) return reply.callNotFound()
      reply.headers({ 'cache-control': 'public, max-age=300', etag: found.tag })
      if (request.headers['if-none-match'] === found.tag) return reply.status(304).send()
      return reply.type('application/json').send(found.text)
    })
  }

const tagOf = (text: string) => `"${hash('sha256', text).slice(0, 32)}"`

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
