/** A provider offered data beyond the caller's grant. A bug in the provider's code, never shown to callers. */
export class GrantExceededError extends Error {
  override readonly name = 'GrantExceededError'
}
