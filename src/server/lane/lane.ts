import type { ExecutionResult, GraphQLSchema } from 'graphql'
import type { Config } from '../../config.ts'
import { execute } from '../../execution/execute.ts'
import { isPromise } from '../../execution/promise.ts'
import type { GatewayContext } from '../../graphql/context.ts'
import { dedupeErrors, type LogUnexpected, maskError } from '../../graphql/error-masking.ts'
import { withExtensions } from '../../graphql/extensions.ts'
import type { Log } from '../../log.ts'
import type { Caller, OperationOrigin } from '../../operation.ts'
import type { Admission } from '../admission.ts'
import { authenticationRejection } from '../auth/authentication.ts'
import { crossSiteRejection } from '../browser/csrf.ts'
import { maxAgeOf } from '../cache-control.ts'
import { type Rejection, reasonOf } from '../error-response.ts'
import { NodeHeaders } from '../header-reader.ts'
import { callerKey, type LimitRate } from '../limits/rate-limit.ts'
import { addResult, createOutcome, outcomeWord, type StartedOperation } from '../operation-report.ts'
import type { Rules } from '../rules.ts'
import { CallerConnection } from './caller-connection.ts'
import { type AcceptedOperation, acceptOperation, type OperationRules } from './operation.ts'
import { type Body, type Incoming, isPlainPost, type PlainPost, readBody, resultType } from './plain-post.ts'
import { ResponseSender } from './response.ts'

export interface LaneOptions {
  readonly config: Config
  readonly log: Log
  /** The schema that is served. */
  readonly schema: GraphQLSchema
  readonly rules: Rules
  readonly logUnexpected: LogUnexpected
  readonly createContext: (origin: OperationOrigin) => GatewayContext
  /** Answers a request that was admitted, and whose body was read, by way of Yoga. */
  readonly handOver: (incoming: Incoming, admission: Admission, body: Body) => Promise<Response> | Response
}

/**
 * Answers plain POSTs: JSON with one query, as most clients send it. It applies the same rules as the plugins of Yoga in the same
 * order, without the objects of Fetch and the hooks between them, which cost more than most operations. It answers rejections
 * by headers and executed operations. Everything else is left to Yoga.
 */
export class Lane {
  readonly #options: LaneOptions
  readonly #rules: OperationRules
  readonly #sender: ResponseSender

  constructor(options: LaneOptions) {
    const { config, schema, rules } = options
    this.#options = options
    this.#rules = { schema, limits: config.limits, rules }
    this.#sender = new ResponseSender(config.corsOrigins.length > 0, rules.readiness)
  }

  /**
   * Answers a request, if it is a plain POST.
   * @returns the response, or null when it was sent; undefined when the request is not plain and nothing of it was read
   */
  answer(incoming: Incoming): Promise<Response | null> | undefined {
    const { request } = incoming
    const headers = new NodeHeaders(request.headers)
    const mediaType = resultType(headers.get('accept'))
    if (mediaType === null || !isPlainPost(request, headers, this.#options.config.limits.maxBodyBytes)) return undefined
    const cors = this.#options.rules.findCorsHeaders(headers)
    return cors === null ? undefined : this.#answer({ ...incoming, headers, mediaType, cors })
  }

  async #answer(post: PlainPost): Promise<Response | null> {
    const { request, response, headers, requestId } = post
    const caller = await this.#authenticate(post)
    if ('error' in caller) return this.#reject(post, caller)
    const key = callerKey(caller, request.socket.remoteAddress)
    const rejection = this.#limit(headers, key)
    const release = (isPromise(rejection) ? await rejection : rejection) ?? this.#options.rules.acquirePermit(key)
    if (typeof release !== 'function') return this.#reject(post, release)
    const connection = new CallerConnection(response, release, this.#options.rules.running)
    const body = await readBody(request)
    if (body === null) return null
    const startedAt = performance.now()
    const operation = acceptOperation(body, this.#rules)
    const refusal = operation && this.#options.rules.chargeCost(operation.complexity, key)
    // An operation that is not accepted has not been charged, so that Yoga can read it again.
    if (operation === null || (isPromise(refusal) ? await refusal : refusal) !== null) {
      return this.#options.handOver(post, { caller, release }, body)
    }
    const { lifetime } = connection
    const trace = this.#options.rules.startTrace?.(headers, startedAt)
    const context = this.#options.createContext({ caller, key, lifetime, requestId, trace })
    const result = await this.#execute(operation, context, headers, connection)
    const started = { caller: caller.name, requestId, startedAt, definition: operation.compiled.definition, trace }
    this.#report(started, operation.query, context, result, connection)
    lifetime.end()
    if (!connection.aborted) this.#sender.sendResult(post, JSON.stringify(result), maxAgeOf(result, context))
    return null
  }

  async #authenticate({ headers, requestId }: PlainPost): Promise<Caller | Rejection> {
    try {
      return await this.#options.rules.authenticate(headers)
    } catch (error) {
      return authenticationRejection(error, this.#options.log, requestId)
    }
  }

  /** Returns the rejection of a request by its headers or by the rate of its caller; null when it is accepted. */
  #limit(headers: NodeHeaders, key: string): ReturnType<LimitRate> {
    const { rules } = this.#options
    return crossSiteRejection('POST', headers, rules.isTrustedOrigin) ?? rules.limitRate(key)
  }

  #reject(post: PlainPost, rejection: Rejection): null {
    const { requestId, request } = post
    const address = request.socket.remoteAddress
    this.#sender.sendRejection(post, rejection)
    this.#options.rules.logRefusal(rejection.status, reasonOf(rejection.error), { requestId, address })
    return null
  }

  /** Executes an operation. Returns its result with the errors that callers may see. */
  async #execute(
    { compiled, variableValues }: AcceptedOperation,
    contextValue: GatewayContext,
    headers: NodeHeaders,
    connection: CallerConnection,
  ): Promise<ExecutionResult> {
    const { config, logUnexpected } = this.#options
    const { requestId } = contextValue
    contextValue.lifetime.start(config.limits.operationTimeoutMs)
    let result: ExecutionResult
    try {
      result = await execute(compiled, { contextValue, variableValues, signal: connection })
    } catch (error) {
      return connection.aborted ? {} : { errors: [maskError(error, logUnexpected, requestId)] }
    }
    const reported = withExtensions(dedupeErrors(result), headers, contextValue)
    if (reported.errors === undefined) return reported
    return { ...reported, errors: reported.errors.map((error) => maskError(error, logUnexpected, requestId)) }
  }

  #report(
    operation: StartedOperation,
    query: string,
    context: GatewayContext,
    result: ExecutionResult,
    { aborted: isAborted }: CallerConnection,
  ): void {
    const { reports } = this.#options.rules
    if (!reports.isEnabled()) return
    const results = createOutcome()
    addResult(results, result)
    reports.report(operation, {
      query,
      outcome: outcomeWord(results, isAborted),
      codes: results.codes,
      durationMs: performance.now() - operation.startedAt,
      costs: context.costs(),
    })
  }
}
