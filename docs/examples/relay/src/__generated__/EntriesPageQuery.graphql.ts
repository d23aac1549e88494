/**
 * @generated SignedSource<<bf51faf9415c7644f6cbd42d7a484f6f>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
import { FragmentRefs } from "relay-runtime";
export type Provider = "KOBBLE" | "VOBIZ" | "%future added value";
export type TransactionCategory = "ADJUSTMENT" | "CARD_SPEND" | "MANUAL_CREDIT" | "MANUAL_DEBIT" | "REFUND" | "RESERVATION" | "REVERSAL" | "SETTLEMENT" | "TOP_UP" | "TRANSFER" | "USAGE" | "%future added value";
export type TransactionDirection = "CREDIT" | "DEBIT" | "INTERNAL" | "%future added value";
export type TransactionStatus = "CANCELLED" | "COMPLETED" | "DECLINED" | "FAILED" | "PENDING" | "UNKNOWN" | "%future added value";
export type TransactionFilter = {
  accounts?: ReadonlyArray<string> | null | undefined;
  affectsBalance?: boolean | null | undefined;
  categories?: ReadonlyArray<TransactionCategory> | null | undefined;
  createdBefore?: string | null | undefined;
  createdFrom?: string | null | undefined;
  currency?: string | null | undefined;
  directions?: ReadonlyArray<TransactionDirection> | null | undefined;
  excludeCategories?: ReadonlyArray<TransactionCategory> | null | undefined;
  excludeStatuses?: ReadonlyArray<TransactionStatus> | null | undefined;
  from?: string | null | undefined;
  kobbleWallets?: ReadonlyArray<string> | null | undefined;
  maxAmount?: string | null | undefined;
  minAmount?: string | null | undefined;
  providers?: ReadonlyArray<Provider> | null | undefined;
  referenceContains?: string | null | undefined;
  references?: ReadonlyArray<string> | null | undefined;
  statuses?: ReadonlyArray<TransactionStatus> | null | undefined;
  to?: string | null | undefined;
  uncategorized?: boolean | null | undefined;
  vobizCustomers?: ReadonlyArray<string> | null | undefined;
};
export type EntriesPageQuery$variables = {
  after?: string | null | undefined;
  before?: string | null | undefined;
  filter?: TransactionFilter | null | undefined;
  first?: number | null | undefined;
  last?: number | null | undefined;
};
export type EntriesPageQuery$data = {
  readonly " $fragmentSpreads": FragmentRefs<"Entries_list">;
};
export type EntriesPageQuery = {
  response: EntriesPageQuery$data;
  variables: EntriesPageQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "after"
  },
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "before"
  },
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "filter"
  },
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "first"
  },
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "last"
  }
],
v1 = [
  {
    "kind": "Variable",
    "name": "after",
    "variableName": "after"
  },
  {
    "kind": "Variable",
    "name": "before",
    "variableName": "before"
  },
  {
    "kind": "Variable",
    "name": "filter",
    "variableName": "filter"
  },
  {
    "kind": "Variable",
    "name": "first",
    "variableName": "first"
  },
  {
    "kind": "Variable",
    "name": "last",
    "variableName": "last"
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "EntriesPageQuery",
    "selections": [
      {
        "args": (v1/*:: as any*/),
        "kind": "FragmentSpread",
        "name": "Entries_list"
      }
    ],
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "EntriesPageQuery",
    "selections": [
      {
        "alias": null,
        "args": (v1/*:: as any*/),
        "concreteType": "TransactionConnection",
        "kind": "LinkedField",
        "name": "transactions",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "TransactionEdge",
            "kind": "LinkedField",
            "name": "edges",
            "plural": true,
            "selections": [
              {
                "alias": null,
                "args": null,
                "concreteType": null,
                "kind": "LinkedField",
                "name": "node",
                "plural": false,
                "selections": [
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "__typename",
                    "storageKey": null
                  },
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "id",
                    "storageKey": null
                  },
                  {
                    "kind": "TypeDiscriminator",
                    "abstractKey": "__isTransaction"
                  },
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "provider",
                    "storageKey": null
                  },
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "createdAt",
                    "storageKey": null
                  },
                  {
                    "alias": null,
                    "args": null,
                    "concreteType": "Money",
                    "kind": "LinkedField",
                    "name": "amount",
                    "plural": false,
                    "selections": [
                      {
                        "alias": null,
                        "args": null,
                        "kind": "ScalarField",
                        "name": "amount",
                        "storageKey": null
                      },
                      {
                        "alias": null,
                        "args": null,
                        "kind": "ScalarField",
                        "name": "currency",
                        "storageKey": null
                      }
                    ],
                    "storageKey": null
                  },
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "status",
                    "storageKey": null
                  }
                ],
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "cursor",
                "storageKey": null
              }
            ],
            "storageKey": null
          },
          {
            "alias": null,
            "args": null,
            "concreteType": "PageInfo",
            "kind": "LinkedField",
            "name": "pageInfo",
            "plural": false,
            "selections": [
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "endCursor",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "hasNextPage",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "hasPreviousPage",
                "storageKey": null
              },
              {
                "alias": null,
                "args": null,
                "kind": "ScalarField",
                "name": "startCursor",
                "storageKey": null
              }
            ],
            "storageKey": null
          }
        ],
        "storageKey": null
      },
      {
        "alias": null,
        "args": (v1/*:: as any*/),
        "filters": [
          "filter"
        ],
        "handle": "connection",
        "key": "Entries_transactions",
        "kind": "LinkedHandle",
        "name": "transactions"
      }
    ]
  },
  "params": {
    "cacheID": "d0c1d11d33d4631ebd27a2adfb9a578b",
    "id": null,
    "metadata": {},
    "name": "EntriesPageQuery",
    "operationKind": "query",
    "text": "query EntriesPageQuery(\n  $after: String\n  $before: String\n  $filter: TransactionFilter\n  $first: Int\n  $last: Int\n) {\n  ...Entries_list_4zM71\n}\n\nfragment Entries_entry on Transaction {\n  __isTransaction: __typename\n  provider\n  createdAt\n  amount {\n    amount\n    currency\n  }\n  status\n  id\n}\n\nfragment Entries_list_4zM71 on Query {\n  transactions(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    edges {\n      node {\n        __typename\n        id\n        ...Entries_entry\n      }\n      cursor\n    }\n    pageInfo {\n      endCursor\n      hasNextPage\n      hasPreviousPage\n      startCursor\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "6be8ca15309f609b77e23847536ad4b7";

export default node;
