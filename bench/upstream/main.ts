import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { answerMessages, listen } from '../process/child.ts'
import { type Answer, errorAnswer } from './answer.ts'
import { answerOf, CREDENTIALS, isTokenRequest, providerOf } from './routes.ts'

/** Most answers that are kept. A benchmark repeats far fewer. */
const MAX_ANSWERS = 50_000

const UNAUTHORIZED = errorAnswer(401, 'missing or invalid credentials')

const answers = new Map<string, Answer>()
let requests = 0
let rows = 0
let latencyMs = 0

function isAuthenticated(target: string, headers: IncomingMessage['headers']): boolean {
  const provider = providerOf(target)
  if (provider === null || isTokenRequest(target)) return true
  return Object.entries(CREDENTIALS[provider]).every(([name, value]) => headers[name] === value)
}

function preparedAnswer(method: string, target: string): Answer {
  const key = `${method} ${target}`
  let answer = answers.get(key)
  if (answer === undefined) {
    if (answers.size >= MAX_ANSWERS) answers.clear()
    answer = answerOf(method, target)
    answers.set(key, answer)
  }
  return answer
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers)
  response.end(body)
}

const server = createServer((request, response) => {
  const { method = '', url = '', headers } = request
  const answer = isAuthenticated(url, headers) ? preparedAnswer(method, url) : UNAUTHORIZED
  if (!isTokenRequest(url)) {
    requests++
    rows += answer.rows
  }
  request.resume()
  if (latencyMs === 0) send(response, answer)
  else setTimeout(send, latencyMs, response, answer)
})

/** Requests and rows since the start of the process. */
export interface UpstreamCounts {
  readonly requests: number
  readonly rows: number
}

answerMessages({
  counts: (): UpstreamCounts => ({ requests, rows }),
  setLatency(value: unknown) {
    latencyMs = Number(value)
  },
})
await listen(server)
