/**
 * Small values that all processes share that have the same credentials, encrypted with them. No method rejects or takes long: without
 * a store nothing is found, nothing is kept, and every lock is acquired.
 */
export interface SharedState {
  /** Returns null for a value that is absent, expired, or not readable in time. */
  get(key: string): Promise<string | null>
  set(key: string, value: string, ttlMs: number): Promise<void>
  /** Returns false while another process holds the lock, which ends by itself after its time. */
  tryLock(key: string, ttlMs: number): Promise<boolean>
  unlock(key: string): Promise<void>
}

/** Opens the state of the holders of a secret, from which names of keys and the encryption are derived. */
export type OpenSharedState = (secret: string) => SharedState
