import { LoadClient } from './client.ts'
import type { CheckedRequest } from './prepare.ts'

/** What one round of load has measured. */
export interface LoadResult {
  readonly operations: number
  /** Rows of the providers in all answers. */
  readonly rows: number
  readonly elapsedMs: number
  /** Duration of each operation, in milliseconds. */
  readonly durations: readonly number[]
}

export interface LoadOptions {
  readonly origin: string
  readonly clients: number
  readonly seconds: number
  /** Most operations; the round ends when either limit is reached. */
  readonly maxOperations: number
}

/** Requests in turn, which all clients share, so that requests in flight differ. It goes on from round to round. */
export class Rotation {
  readonly #requests: readonly CheckedRequest[]
  #next = 0

  constructor(requests: readonly CheckedRequest[]) {
    this.#requests = requests
  }

  take(): CheckedRequest {
    return this.#requests[this.#next++ % this.#requests.length]!
  }
}

/**
 * Lets clients send requests one after another until the time is over, each as soon as its last one was answered.
 * @throws when an answer differs from the one that was compared before
 */
export async function runLoad(
  rotation: Rotation,
  { origin, clients, seconds, maxOperations }: LoadOptions,
): Promise<LoadResult> {
  const connection = new LoadClient(origin, clients)
  const durations: number[] = []
  let rows = 0
  let started = 0
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1000
  const work = async () => {
    while (performance.now() < endsAt && started < maxOperations) {
      started++
      const request = rotation.take()
      const sentAt = performance.now()
      const answer = await connection.send(request)
      durations.push(performance.now() - sentAt)
      if (!answer.equals(request.answer)) throw new Error(`the answer to ${request.path} has changed`)
      rows += request.rows
    }
  }
  try {
    await Promise.all(Array.from({ length: clients }, work))
    return { operations: durations.length, rows, elapsedMs: performance.now() - startedAt, durations }
  } finally {
    await connection.close()
  }
}
