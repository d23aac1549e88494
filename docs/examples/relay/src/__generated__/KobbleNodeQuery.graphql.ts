/**
 * @generated SignedSource<<a1c15ac41493bddacfa53fd9e0bb59d9>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
import { FragmentRefs } from "relay-runtime";
export type KobbleNodeQuery$variables = {
  id: string;
};
export type KobbleNodeQuery$data = {
  readonly node: {
    readonly entry: {
      readonly " $fragmentSpreads": FragmentRefs<"Entries_entry">;
    } | null | undefined;
  } | null | undefined;
};
export type KobbleNodeQuery = {
  response: KobbleNodeQuery$data;
  variables: KobbleNodeQuery$variables;
};

const node: ConcreteRequest = (function(){
var v0 = [
  {
    "defaultValue": null,
    "kind": "LocalArgument",
    "name": "id"
  }
],
v1 = [
  {
    "kind": "Variable",
    "name": "id",
    "variableName": "id"
  }
];
return {
  "fragment": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Fragment",
    "metadata": null,
    "name": "KobbleNodeQuery",
    "selections": [
      {
        "alias": null,
        "args": (v1/*:: as any*/),
        "concreteType": null,
        "kind": "LinkedField",
        "name": "node",
        "plural": false,
        "selections": [
          {
            "fragment": {
              "kind": "InlineFragment",
              "selections": [
                {
                  "args": null,
                  "kind": "FragmentSpread",
                  "name": "Entries_entry"
                }
              ],
              "type": "Transaction",
              "abstractKey": "__isTransaction"
            },
            "kind": "AliasedInlineFragmentSpread",
            "name": "entry"
          }
        ],
        "storageKey": null
      }
    ],
    "type": "Query",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": (v0/*:: as any*/),
    "kind": "Operation",
    "name": "KobbleNodeQuery",
    "selections": [
      {
        "alias": null,
        "args": (v1/*:: as any*/),
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
      }
    ]
  },
  "params": {
    "cacheID": "9255ebb934741e7b9b134af363142bed",
    "id": null,
    "metadata": {},
    "name": "KobbleNodeQuery",
    "operationKind": "query",
    "text": "query KobbleNodeQuery(\n  $id: ID!\n) {\n  node(id: $id) {\n    __typename\n    ...Entries_entry\n    id\n  }\n}\n\nfragment Entries_entry on Transaction {\n  __isTransaction: __typename\n  provider\n  createdAt\n  amount {\n    amount\n    currency\n  }\n  status\n  id\n}\n"
  }
};
})();

(node as any).hash = "0ff56f807dbbda3e2aa9b826a0705a84";

export default node;
