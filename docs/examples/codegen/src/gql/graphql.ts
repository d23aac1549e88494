/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Whole UTC days, both ends included. */
export type PeriodInput = {
  /** The first day. */
  from: string;
  /** The last day. */
  to: string;
};

/** Whose ledger an entry is in. */
export type Provider =
  /** Kobble, wallets and cards: what moves between them. */
  | 'KOBBLE'
  /** Vobiz, the telephony reseller's platform: what its customers top up and use. */
  | 'VOBIZ';

/** What an entry is for, in words that all providers share. */
export type TransactionCategory =
  /** A correction by the provider. */
  | 'ADJUSTMENT'
  /** A purchase by card. */
  | 'CARD_SPEND'
  /** Money put in by hand. */
  | 'MANUAL_CREDIT'
  /** Money taken out by hand. */
  | 'MANUAL_DEBIT'
  /** Money given back. */
  | 'REFUND'
  /** An amount set aside for a purchase; its settlement is an entry of its own. */
  | 'RESERVATION'
  /** An entry that takes back an earlier one. */
  | 'REVERSAL'
  /** The final booking of a reserved amount. */
  | 'SETTLEMENT'
  /** Money paid in. */
  | 'TOP_UP'
  /** Money moved from one account to another. */
  | 'TRANSFER'
  /** What was used: calls, numbers, recordings. */
  | 'USAGE';

/** Which way the money went. */
export type TransactionDirection =
  /** Money came in to the account. */
  | 'CREDIT'
  /** Money went out of the account. */
  | 'DEBIT'
  /** Money moved between two accounts of the same provider. */
  | 'INTERNAL';

/** Which entries to list. Every condition that is given must hold. */
export type TransactionFilter = {
  /** One of these categories. */
  categories?: Array<TransactionCategory> | null | undefined;
  /** Amounts in this currency. */
  currency?: string | null | undefined;
  /** One of these directions, as the entry itself says. */
  directions?: Array<TransactionDirection> | null | undefined;
  /** The first UTC day, included. */
  from?: string | null | undefined;
  /** Kobble wallet ids; leaves the other provider out, unless vobizCustomers is given too. At most 100. */
  kobbleWallets?: Array<string | number> | null | undefined;
  /** At most this amount, in whatever currency. */
  maxAmount?: string | null | undefined;
  /** At least this amount, in whatever currency. */
  minAmount?: string | null | undefined;
  /** Entries of these providers only. */
  providers?: Array<Provider> | null | undefined;
  /** Part of the reference, case-insensitive; at most 200 characters. */
  referenceContains?: string | null | undefined;
  /** One of these statuses. */
  statuses?: Array<TransactionStatus> | null | undefined;
  /** The last UTC day, included. */
  to?: string | null | undefined;
  /** Vobiz auth ids; leaves the other provider out. At most 100. */
  vobizCustomers?: Array<string | number> | null | undefined;
};

/** How far an entry has come. */
export type TransactionStatus =
  /** Called off. */
  | 'CANCELLED'
  /** Settled. */
  | 'COMPLETED'
  /** Refused before any money moved. */
  | 'DECLINED'
  /** Tried, and did not go through. */
  | 'FAILED'
  /** Not settled yet; it may still become any of the others. */
  | 'PENDING'
  /** The provider sent a status that this schema does not know; see providerStatus. */
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