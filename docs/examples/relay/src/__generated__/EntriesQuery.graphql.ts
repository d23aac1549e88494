/**
 * @generated SignedSource<<46073ad72e31d5b37c1dca16c2e3112b>>
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
export type EntriesQuery$variables = {
  filter?: TransactionFilter | null | undefined;
  first?: number | null | undefined;
  last?: number | null | undefined;
};
export type EntriesQuery$data = {
  readonly " $fragmentSpreads": FragmentRefs<"Entries_list">;
};
export type EntriesQuery = {
  response: EntriesQuery$data;
  variables: EntriesQuery$variables;
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
v3 = {
  "kind": "Variable",
  "name": "filter",
  "variableName": "filter"
},
v4 = {
  "kind": "Variable",
  "name": "first",
  "variableName": "first"
},
v5 = {
  "kind": "Variable",
  "name": "last",
  "variableName": "last"
},
v6 = [
  (v3/*:: as any*/),
  (v4/*:: as any*/),
  (v5/*:: as any*/),
  {
    "kind": "Literal",
    "name": "onProviderFailure",
    "value": "PARTIAL"
  }
],
v7 = {
  "alias": null,
  "args": null,
  "kind": "ScalarField",
  "name": "provider",
  "storageKey": null
};
return {
  "fragment": {
    "argumentDefinitions": [
      (v0/*:: as any*/),
      (v1/*:: as any*/),
      (v2/*:: as any*/)
    ],
    "kind": "Fragment",
    "metadata": null,
    "name": "EntriesQuery",
    "selections": [
      {
        "args": [
          (v3/*:: as any*/),
          (v4/*:: as any*/),
          (v5/*:: as any*/)
        ],
        "kind": "FragmentSpread",
        "name": "Entries_list"
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
    "name": "EntriesQuery",
    "selections": [
      {
        "alias": null,
        "args": (v6/*:: as any*/),
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
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "createdAt",
                    "storageKey": null
                  },
                  {
                    "kind": "TypeDiscriminator",
                    "abstractKey": "__isTransaction"
                  },
                  (v7/*:: as any*/),
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
                "name": "hasNextPage",
                "storageKey": null
              },
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
          },
          {
            "alias": null,
            "args": null,
            "concreteType": "TransactionSource",
            "kind": "LinkedField",
            "name": "sources",
            "plural": true,
            "selections": [
              (v7/*:: as any*/),
              {
                "alias": null,
                "args": null,
                "concreteType": "SourceError",
                "kind": "LinkedField",
                "name": "error",
                "plural": false,
                "selections": [
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "code",
                    "storageKey": null
                  },
                  {
                    "alias": null,
                    "args": null,
                    "kind": "ScalarField",
                    "name": "retryAfterMs",
                    "storageKey": null
                  }
                ],
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
        "args": (v6/*:: as any*/),
        "filters": [
          "filter",
          "onProviderFailure"
        ],
        "handle": "connection",
        "key": "Entries_transactions",
        "kind": "LinkedHandle",
        "name": "transactions"
      }
    ]
  },
  "params": {
    "cacheID": "5925ff6195f1fdbd8b6b35b034772746",
    "id": null,
    "metadata": {},
    "name": "EntriesQuery",
    "operationKind": "query",
    "text": "query EntriesQuery(\n  $first: Int\n  $last: Int\n  $filter: TransactionFilter\n) {\n  ...Entries_list_4DS41o\n}\n\nfragment Entries_entry on Transaction {\n  __isTransaction: __typename\n  provider\n  createdAt\n  amount {\n    amount\n    currency\n  }\n  status\n  id\n}\n\nfragment Entries_list_4DS41o on Query {\n  transactions(first: $first, last: $last, filter: $filter, onProviderFailure: PARTIAL) {\n    edges {\n      node {\n        __typename\n        id\n        createdAt\n        ...Entries_entry\n      }\n      cursor\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n      hasPreviousPage\n      startCursor\n    }\n    sources {\n      provider\n      error {\n        code\n        retryAfterMs\n      }\n    }\n  }\n}\n"
  }
};
})();

(node as any).hash = "eb3551338260aec108eceb9844c11149";

export default node;
