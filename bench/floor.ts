import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Pool } from 'undici'
import { listen } from './process/child.ts'
import { CREDENTIALS, providerOf } from './upstream/routes.ts'
import { findWorkload } from './workloads/index.ts'

/** A bare proxy: it sends the upstream requests that an operation needs at least, and passes their answers on unread. */

/** As many connections as the gateway opens to one provider. */
const CONNECTIONS = 32

const upstream = new Pool(process.env.UPSTREAM ?? '', { connections: CONNECTIONS })
/** Stages of upstream requests by the path of the operation. */
const stagesByPath = new Map<string, readonly (readonly string[])[]>()

/** Returns the stages of `/<workload>/<variant>`. */
function stagesOf(path: string): readonly (readonly string[])[] {
  let stages = stagesByPath.get(path)
  if (stages === undefined) {
    const [, workload = '', variant = ''] = path.split('/')
    stages = findWorkload(workload).plan(Number(variant)).stages
    stagesByPath.set(path, stages)
  }
  return stages
}

function request(target: string) {
  const provider = providerOf(target)
  return upstream.request({ method: 'GET', path: target, headers: provider === null ? {} : CREDENTIALS[provider] })
}

async function read(target: string): Promise<Uint8Array> {
  const { statusCode, body } = await request(target)
  if (statusCode !== 200) throw new Error(`the upstream answered ${statusCode}`)
  return body.bytes()
}

/** Passes on a single answer without collecting it, and several in the order of the requests. */
async function answer({ url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const stages = stagesOf(url)
  response.setHeader('content-type', 'application/json')
  const [first = []] = stages
  const [target] = first
  if (stages.length === 1 && first.length === 1 && target !== undefined) {
    const { statusCode, headers, body } = await request(target)
    response.writeHead(statusCode, { 'content-length': String(headers['content-length']) })
    body.pipe(response)
    return
  }
  for (const targets of stages) {
    for (const bytes of await Promise.all(targets.map(read))) response.write(bytes)
  }
  response.end()
}

const server = createServer((incoming, response) => {
  incoming.resume()
  answer(incoming, response).catch((error: Error) => {
    console.error(error)
    response.destroy()
  })
})
await listen(server)
