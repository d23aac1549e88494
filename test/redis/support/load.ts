import { setTimeout as sleep } from 'node:timers/promises'

/** What a load has seen. */
export interface Load {
  /** Answers so far. */
  readonly answers: number
  /** Everything but an answer with status 200 and without errors. */
  readonly failures: readonly string[]
  /** Waits until so many more answers have arrived. */
  more(answers: number): Promise<void>
  stop(): Promise<void>
}

async function send(url: string, query: string): Promise<string | null> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  const text = await response.text()
  return response.status === 200 && !text.includes('"errors"') ? null : `${response.status} ${text.slice(0, 300)}`
}

/** Sends operations from several clients, to all gateways in turn, until it is stopped. */
export function startLoad(urls: readonly string[], queries: readonly string[], clients: number): Load {
  let answers = 0
  let isStopping = false
  const failures: string[] = []
  const run = async (client: number) => {
    for (let sent = client; !isStopping; sent++) {
      const failure = await send(urls[sent % urls.length]!, queries[sent % queries.length]!).catch(
        (error: Error) => `${error.message} ${String(error.cause)}`,
      )
      answers++
      if (failure !== null) failures.push(failure)
    }
  }
  const running = Array.from({ length: clients }, (_, client) => run(client))
  return {
    get answers() {
      return answers
    },
    failures,
    async more(count) {
      const until = answers + count
      while (answers < until) await sleep(10)
    },
    async stop() {
      isStopping = true
      await Promise.all(running)
    },
  }
}
