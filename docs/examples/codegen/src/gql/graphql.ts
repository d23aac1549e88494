/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Period of whole UTC days, both inclusive. */
export type PeriodInput = {
  /** First day. */
  from: string;
  /** Last day, inclusive. */
  to: string;
};

/** Provider of a ledger. Values may be added. */
export type Provider =
  /** Kobble: transactions of wallets and cards. */
  | 'KOBBLE'
  /** Vobiz: top-ups and usage of a telephony reseller's customers. */
  | 'VOBIZ';

/** Purpose of an entry, in words that all providers share. Values may be added. */
export type TransactionCategory =
  /** Correction by the provider. */
  | 'ADJUSTMENT'
  /** Purchase by card. */
  | 'CARD_SPEND'
  /** Credit that was entered by hand. */
  | 'MANUAL_CREDIT'
  /** Debit that was entered by hand. */
  | 'MANUAL_DEBIT'
  /** Refund of an earlier payment or charge. */
  | 'REFUND'
  /** Amount reserved for a purchase; it settles as an entry of its own. */
  | 'RESERVATION'
  /** Reversal of an earlier entry. */
  | 'REVERSAL'
  /** Final booking of a reserved amount. */
  | 'SETTLEMENT'
  /** Payment into an account. */
  | 'TOP_UP'
  /** Transfer between accounts. */
  | 'TRANSFER'
  /** Charge for usage: calls, numbers, recordings. */
  | 'USAGE';

/** Direction in which money moved. */
export type TransactionDirection =
  /** Money entered the account. */
  | 'CREDIT'
  /** Money left the account. */
  | 'DEBIT'
  /** Both sides are accounts of the client. As seen from given accounts, both are among these. */
  | 'INTERNAL';

/** Conditions on entries. All that are given must hold. */
export type TransactionFilter = {
  /** Global ids of accounts of any provider, as if each were given in the filter field of its provider. Entries of any given account match; providers without a given account are excluded. At most 100. */
  accounts?: Array<string | number> | null | undefined;
  /** Value of `Transaction.affectsBalance`: true for entries that have changed a balance, false for all others. */
  affectsBalance?: boolean | null | undefined;
  /** Categories of the entries. */
  categories?: Array<TransactionCategory> | null | undefined;
  /** Instant at which the period ends, exclusive. */
  createdBefore?: string | null | undefined;
  /** First instant, inclusive; for periods that are not whole UTC days, such as a month in Sydney. */
  createdFrom?: string | null | undefined;
  /** Currency of the entries. */
  currency?: string | null | undefined;
  /** Directions of the entries, as in `Transaction.direction`. In the list of an account, beside a filter by accounts, and for a caller bound to accounts, entries with two sides have the direction that these accounts see: what leaves them is DEBIT, and what moves between them is INTERNAL. `summary` follows the same rule. */
  directions?: Array<TransactionDirection> | null | undefined;
  /** Categories to leave out, as in `Transaction.category`; entries without a category match. Taken away from `categories` when both are given. */
  excludeCategories?: Array<TransactionCategory> | null | undefined;
  /** Statuses to leave out. */
  excludeStatuses?: Array<TransactionStatus> | null | undefined;
  /** First UTC day, inclusive. */
  from?: string | null | undefined;
  /** Kobble wallet ids or global ids. Excludes other providers unless their accounts are given too. `directions` and `summary` are then as seen from these wallets. At most 100. */
  kobbleWallets?: Array<string | number> | null | undefined;
  /** Inclusive maximum, without currency conversion. */
  maxAmount?: string | null | undefined;
  /** Inclusive minimum, without currency conversion. */
  minAmount?: string | null | undefined;
  /** Providers of the entries. */
  providers?: Array<Provider> | null | undefined;
  /** Part of the reference, case-insensitive; at most 200 characters. */
  referenceContains?: string | null | undefined;
  /** Whole references, case-sensitive, of which an entry has one. At most 100 of 200 characters each. */
  references?: Array<string> | null | undefined;
  /** Statuses of the entries. */
  statuses?: Array<TransactionStatus> | null | undefined;
  /** Last UTC day, inclusive. */
  to?: string | null | undefined;
  /** True for entries whose `category` is null, false for those with one. True matches nothing together with `categories`. */
  uncategorized?: boolean | null | undefined;
  /** Vobiz auth ids or global ids. Excludes other providers unless their accounts are given too. At most 100. */
  vobizCustomers?: Array<string | number> | null | undefined;
};

/** Processing state of an entry. Values may be added. */
export type TransactionStatus =
  /** The entry was cancelled. */
  | 'CANCELLED'
  /** The entry is settled. */
  | 'COMPLETED'
  /** The entry was rejected before any money moved. */
  | 'DECLINED'
  /** The entry was attempted without success. */
  | 'FAILED'
  /** The entry is not settled yet; its status may still change. */
  | 'PENDING'
  /** The provider sent a status that this schema does not know; see `providerStatus`. */
  | 'UNKNOWN';

export type NewestQueryVariables = Exact<{
  count: number;
  filter?: TransactionFilter | null | undefined;
}>;


export type NewestQuery = { transactions: { nodes: Array<
      | { createdAt: string, raw: unknown, amount: { amount: string, currency: string } }
      | { createdAt: string, raw: unknown, amount: { amount: string, currency: string } }
     | null> } };

export type BalancedQueryVariables = Exact<{
  period: PeriodInput;
}>;


export type BalancedQuery = { vobizReconciliation: { balanced: boolean | null, period: { from: string, to: string } } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const NewestDocument = new TypedDocumentString(`
    query Newest($count: Int!, $filter: TransactionFilter) {
  transactions(first: $count, filter: $filter) {
    nodes {
      createdAt
      amount {
        amount
        currency
      }
      raw
    }
  }
}
    `) as unknown as TypedDocumentString<NewestQuery, NewestQueryVariables>;
export const BalancedDocument = new TypedDocumentString(`
    query Balanced($period: PeriodInput!) {
  vobizReconciliation(period: $period) {
    balanced
    period {
      from
      to
    }
  }
}
    `) as unknown as TypedDocumentString<BalancedQuery, BalancedQueryVariables>;