import { WHOLE_LIST } from './answer-limits.ts'
import { MAX_HEADER_BYTES } from './attempt.ts'
import { createDispatcher, DIRECT_NETWORK } from './dispatcher.ts'
import { InFlightRequest } from './in-flight.ts'
import { type OutgoingRequest, RequestBuilder } from './outgoing-request.ts'
import { RetryLoop } from './retry-loop.ts'
import { createSemaphore } from './semaphore.ts'
import { joinTraced, tracedRequest } from './tracing.ts'
import type { ClientOptions, UpstreamAnswer, UpstreamCall, UpstreamClient } from './types.ts'

/**
 * Creates the HTTP client of one provider: keep-alive connections, one deadline over all attempts, bounded retries with full
 * jitter, exact JSON, and one error class for every way to fail. It never follows a redirect, so that credentials stay
 * with the host they are for.
 *
 * Callers share the connections fairly (see `createSemaphore`), and one operation has at most as many requests here as its
 * limiter admits; the deadline of a call starts when it is admitted.
 *
 * A provider that fails receives less load, not more: at most `connections` requests at a time, retries out of one budget
 * (see `createRetryBudget`), and only probes while it keeps failing (see `createBreaker`). Collections and resources have a
 * budget and a breaker each (see `Circuit`). Faults are: no answer, none in time, 5xx, and a body that is not JSON. A call
 * counts once, by its last attempt.
 */
export function createClient(options: ClientOptions): UpstreamClient {
  const {
    provider,
    baseUrl,
    connectTimeoutMs = 4000,
    connections = 32,
    queue = 2000,
    network = DIRECT_NETWORK,
  } = options
  const base = new URL(baseUrl)
  const dispatcher = createDispatcher(base, {
    proxy: network.findProxy(base),
    certificate: network.findCertificate(provider),
    connections,
    connectTimeoutMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    maxResponseSize: WHOLE_LIST.maxBytes,
  })
  const loop = new RetryLoop(options, dispatcher, createSemaphore(connections, queue))
  const requests = new RequestBuilder(provider, base.pathname)
  const inFlightByKey = new Map<string, InFlightRequest<UpstreamAnswer>>()

  /** Joins the same request of another call, or sends it. */
  function share(request: OutgoingRequest, call: UpstreamCall): Promise<UpstreamAnswer> {
    const { sharingKey: key } = request
    const existing = inFlightByKey.get(key)
    if (existing !== undefined && !existing.cancellation.isCancelled) {
      loop.counters.shared++
      return joinTraced(existing, request, call)
    }
    const created = new InFlightRequest<UpstreamAnswer>(
      provider,
      (inFlight) => loop.send(request, inFlight),
      call.trace?.request(tracedRequest(request, call)),
      (ended) => {
        // A cancelled request may have been replaced already.
        if (inFlightByKey.get(key) === ended) inFlightByKey.delete(key)
      },
    )
    inFlightByKey.set(key, created)
    return created.join(call)
  }

  function send(request: OutgoingRequest, call: UpstreamCall): Promise<UpstreamAnswer> {
    const trace = call.trace?.request(tracedRequest(request, call))
    return new InFlightRequest<UpstreamAnswer>(provider, (inFlight) => loop.send(request, inFlight), trace).join(call)
  }

  return {
    async get(call) {
      const answer = await runLimited(call, () => share(requests.get(call), call))
      call.meter?.rows(provider, answer.rows)
      return answer
    },
    async postForm(call) {
      return runLimited(call, () => send(requests.postForm(call, call.form), call))
    },
    statistics: () => loop.statistics(),
    async close() {
      loop.close()
      await dispatcher.destroy()
    },
  }
}

/**
 * Runs a call once its operation's limiter admits it.
 * @throws the reason of an aborted call, or rejects with it
 */
function runLimited(call: UpstreamCall, run: () => Promise<UpstreamAnswer>): Promise<UpstreamAnswer> {
  const runUnlessAborted = () => {
    call.signal?.throwIfAborted()
    return run()
  }
  return call.limiter ? call.limiter.run(runUnlessAborted) : runUnlessAborted()
}
