/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Newest($count: Int!, $filter: TransactionFilter) {\n    transactions(first: $count, filter: $filter) {\n      nodes { createdAt amount { amount currency } raw }\n    }\n  }\n": typeof types.NewestDocument,
    "\n  query Balanced($period: PeriodInput!) {\n    vobizReconciliation(period: $period) {\n      balanced\n      period { from to }\n    }\n  }\n": typeof types.BalancedDocument,
};
const documents: Documents = {
    "\n  query Newest($count: Int!, $filter: TransactionFilter) {\n    transactions(first: $count, filter: $filter) {\n      nodes { createdAt amount { amount currency } raw }\n    }\n  }\n": types.NewestDocument,
    "\n  query Balanced($period: PeriodInput!) {\n    vobizReconciliation(period: $period) {\n      balanced\n      period { from to }\n    }\n  }\n": types.BalancedDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Newest($count: Int!, $filter: TransactionFilter) {\n    transactions(first: $count, filter: $filter) {\n      nodes { createdAt amount { amount currency } raw }\n    }\n  }\n"): typeof import('./graphql.js').NewestDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Balanced($period: PeriodInput!) {\n    vobizReconciliation(period: $period) {\n      balanced\n      period { from to }\n    }\n  }\n"): typeof import('./graphql.js').BalancedDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
