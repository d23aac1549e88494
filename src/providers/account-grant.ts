import { accountSetOf, type Grant } from '../operation.ts'

/** The accounts of one provider that the operation's caller may read. */
export class AccountGrant {
  /** In the order of the grant; null when the caller may read everything. */
  readonly accounts: ReadonlySet<string> | null

  constructor(grant: Grant) {
    this.accounts = accountSetOf(grant)
  }

  /** Returns the accounts in the order of the grant; null when the caller may read everything. */
  list(): readonly string[] | null {
    return this.accounts && [...this.accounts]
  }

  /** Returns true when the caller may read no account. */
  isEmpty(): boolean {
    return this.accounts?.size === 0
  }

  /** Returns true when the caller may read this account. */
  allows(accountId: string): boolean {
    return this.accounts === null || this.accounts.has(accountId)
  }

  /** Returns true when the caller may read one of these accounts, or everything. */
  allowsAny(accountIds: readonly (string | null)[]): boolean {
    return this.accounts === null || accountIds.some((id) => id !== null && this.allows(id))
  }

  /** Returns the accounts that the caller may read, each once. */
  select(accountIds: readonly string[]): string[] {
    return [...new Set(accountIds)].filter((id) => this.allows(id))
  }
}
