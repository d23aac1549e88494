import { UpstreamAuthError, type UpstreamErrorContext, UpstreamStatusError } from '../errors.ts'

/**
 * Returns a value as one percent-encoded segment of a path.
 * @throws {UpstreamStatusError} with status 404 for an empty segment and for dots, which would address another resource
 */
export function pathSegment(value: string, errorContext: UpstreamErrorContext): string {
  if (value === '' || value === '.' || value === '..') throw new UpstreamStatusError({ ...errorContext, status: 404 })
  return encodeURIComponent(value.toWellFormed())
}

/**
 * Returns the answer, or null when the operation itself is rejected with one of the statuses that mean "not found" here.
 * A rejected operation that ran before it, such as the fetch of a token, stays an error.
 */
export async function nullOnStatus<T>(
  answer: Promise<T>,
  { operation }: UpstreamErrorContext,
  ...statuses: readonly number[]
): Promise<T | null> {
  try {
    return await answer
  } catch (error) {
    const hasStatus = error instanceof UpstreamStatusError || error instanceof UpstreamAuthError
    if (hasStatus && error.operation === operation && statuses.includes(error.status)) return null
    throw error
  }
}
