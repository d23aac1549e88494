import type { Caller } from '../operation.ts'
import type { Release } from './limits/concurrency.ts'

/** The acceptance of a request by its headers: its caller is known, counted, and holds a permit for a running operation. */
export interface Admission {
  readonly caller: Caller
  /** Releases the permit. */
  readonly release: Release
}

/**
 * Returns the admission of a request that was accepted before Yoga received it; null for any other. Plugins must not
 * authenticate and count such a request again.
 */
export const admissionOf = (serverContext: object): Admission | null =>
  (serverContext as { readonly admission?: Admission }).admission ?? null
