/**
 * @generated SignedSource<<5bbf49c0438ec1d76dd6e64f434fa507>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ConcreteRequest } from 'relay-runtime';
import { FragmentRefs } from "relay-runtime";
export type EntriesEntryQuery$variables = {
  id: string;
};
export type EntriesEntryQuery$data = {
  readonly node: {
    readonly " $fragmentSpreads": FragmentRefs<"Entries_entry">;
  } | null | undefined;
};
export type EntriesEntryQuery = {
  response: EntriesEntryQuery$data;
  variables: EntriesEntryQuery$variables;
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
    "name": "EntriesEntryQuery",
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
            "args": null,
            "kind": "FragmentSpread",
            "name": "Entries_entry"
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
    "name": "EntriesEntryQuery",
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
    "cacheID": "2c029be9209df81cf8d75d692cc1e7dc",
    "id": null,
    "metadata": {},
    "name": "EntriesEntryQuery",
    "operationKind": "query",
    "text": "query EntriesEntryQuery(\n  $id: ID!\n) {\n  node(id: $id) {\n    __typename\n    ...Entries_entry\n    id\n  }\n}\n\nfragment Entries_entry on Transaction {\n  __isTransaction: __typename\n  provider\n  createdAt\n  amount {\n    amount\n    currency\n  }\n  status\n  id\n}\n"
  }
};
})();

(node as any).hash = "1b8c222e500f19ae7b8e97ae8458067a";

export default node;
