/**
 * @generated SignedSource<<43ffa74e2a8af48174dfa306faefbc43>>
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
export type KobbleQuery$variables = {
  filter?: KobbleLedgerFilter | null | undefined;
  first?: number | null | undefined;
  last?: number | null | undefined;
};
export type KobbleQuery$data = {
  readonly " $fragmentSpreads": FragmentRefs<"Kobble_list">;
};
export type KobbleQuery = {
  response: KobbleQuery$data;
  variables: KobbleQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "filter"
},
v1 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "first"
},
v2 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "last"
},
v3 = [
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
    "argumentDefinitions": [
      (v0/*:: as any*/),
      (v1/*:: as any*/),
      (v2/*:: as any*/)
    ],
    "kind": "Fragment",
    "metadata": null,
    "name": "KobbleQuery",
    "selections": [
      {
        "args": (v3/*:: as any*/),
        "kind": "FragmentSpread",
        "name": "Kobble_list"
      }
    ],
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [
      (v1/*:: as any*/),
      (v2/*:: as any*/),
      (v0/*:: as any*/)
    ],
    "kind": "Operation",
    "name": "KobbleQuery",
    "selections": [
      {
        "alias": null,
        "args": (v3/*:: as any*/),
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
        "args": (v3/*:: as any*/),
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
    "cacheID": "5f61636303765f55e16bb67e500c0c42",
    "id": null,
    "metadata": {},
    "name": "KobbleQuery",
    "operationKind": "query",
    "text": "query KobbleQuery(\n  $first: Int\n  $last: Int\n  $filter: KobbleLedgerFilter\n) {\n  ...Kobble_list_4DS41o\n}\n\nfragment Entries_entry on Transaction {\n  __isTransaction: __typename\n  provider\n  createdAt\n  amount {\n    amount\n    currency\n  }\n  status\n  id\n}\n\nfragment Kobble_list_4DS41o on Query {\n  kobbleTransactions(first: $first, last: $last, filter: $filter) {\n    edges {\n      node {\n        ...Entries_entry\n        id\n        __typename\n      }\n      cursor\n    }\n    pageInfo {\n      endCursor\n      hasNextPage\n      hasPreviousPage\n      startCursor\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "8742162f88c3f442111b14a2173c728b";

export default node;
