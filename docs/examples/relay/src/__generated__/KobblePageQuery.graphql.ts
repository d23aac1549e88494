/**
 * @generated SignedSource<<31c3af3651df91fb9853df1837fa4ac5>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
import { FragmentRefs } from "relay-runtime";
export type TransactionCategory = "ADJUSTMENT" | "CARD_SPEND" | "MANUAL_CREDIT" | "MANUAL_DEBIT" | "REFUND" | "RESERVATION" | "REVERSAL" | "SETTLEMENT" | "TOP_UP" | "TRANSFER" | "USAGE" | "%future added value";
export type TransactionDirection = "CREDIT" | "DEBIT" | "INTERNAL" | "%future added value";
export type TransactionStatus = "CANCELLED" | "COMPLETED" | "DECLINED" | "FAILED" | "PENDING" | "UNKNOWN" | "%future added value";
export type KobbleLedgerFilter = {
  affectsBalance?: boolean | null | undefined;
  categories?: ReadonlyArray<TransactionCategory> | null | undefined;
  createdBefore?: string | null | undefined;
  createdFrom?: string | null | undefined;
  currency?: string | null | undefined;
  directions?: ReadonlyArray<TransactionDirection> | null | undefined;
  excludeCategories?: ReadonlyArray<TransactionCategory> | null | undefined;
  excludeStatuses?: ReadonlyArray<TransactionStatus> | null | undefined;
  externalIds?: ReadonlyArray<string> | null | undefined;
  from?: string | null | undefined;
  maxAmount?: string | null | undefined;
  minAmount?: string | null | undefined;
  referenceContains?: string | null | undefined;
  references?: ReadonlyArray<string> | null | undefined;
  statuses?: ReadonlyArray<TransactionStatus> | null | undefined;
  to?: string | null | undefined;
  types?: ReadonlyArray<string> | null | undefined;
  uncategorized?: boolean | null | undefined;
};
export type KobblePageQuery$variables = {
  after?: string | null | undefined;
  before?: string | null | undefined;
  filter?: KobbleLedgerFilter | null | undefined;
  first?: number | null | undefined;
  last?: number | null | undefined;
};
export type KobblePageQuery$data = {
  readonly " $fragmentSpreads": FragmentRefs<"Kobble_list">;
};
export type KobblePageQuery = {
  response: KobblePageQuery$data;
  variables: KobblePageQuery$variables;
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
    "name": "KobblePageQuery",
    "selections": [
      {
        "args": (v1/*:: as any*/),
        "kind": "FragmentSpread",
        "name": "Kobble_list"
      }
    ],
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "KobblePageQuery",
    "selections": [
      {
        "alias": null,
        "args": (v1/*:: as any*/),
        "concreteType": "KobbleTransactionConnection",
        "kind": "LinkedField",
        "name": "kobbleTransactions",
        "plural": false,
        "selections": [
          {
            "alias": null,
            "args": null,
            "concreteType": "KobbleTransactionEdge",
            "kind": "LinkedField",
            "name": "edges",
            "plural": true,
            "selections": [
              {
                "alias": null,
                "args": null,
                "concreteType": "KobbleTransaction",
                "kind": "LinkedField",
                "name": "node",
                "plural": false,
                "selections": [
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "id",
                    "storageKey": null
                  },
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "__typename",
                    "storageKey": null
                  },
                  {
                    "kind": "InlineFragment",
                    "selections": [
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
                    "type": "Transaction",
                    "abstractKey": "__isTransaction"
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
        "key": "Kobble_kobbleTransactions",
        "kind": "LinkedHandle",
        "name": "kobbleTransactions"
      }
    ]
  },
  "params": {
    "cacheID": "abce9dc7b45697f03051606d22a94181",
    "id": null,
    "metadata": {},
    "name": "KobblePageQuery",
    "operationKind": "query",
    "text": "query KobblePageQuery(\n  $after: String\n  $before: String\n  $filter: KobbleLedgerFilter\n  $first: Int\n  $last: Int\n) {\n  ...Kobble_list_4zM71\n}\n\nfragment Entries_entry on Transaction {\n  __isTransaction: __typename\n  provider\n  createdAt\n  amount {\n    amount\n    currency\n  }\n  status\n  id\n}\n\nfragment Kobble_list_4zM71 on Query {\n  kobbleTransactions(first: $first, after: $after, last: $last, before: $before, filter: $filter) {\n    edges {\n      node {\n        ...Entries_entry\n        id\n        __typename\n      }\n      cursor\n    }\n    pageInfo {\n      endCursor\n      hasNextPage\n      hasPreviousPage\n      startCursor\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "bdd538a92fe0a5562779bb794820aad2";

export default node;
