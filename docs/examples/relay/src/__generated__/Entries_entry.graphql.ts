/**
 * @generated SignedSource<<ad7f91ee1624fd6dec823cb007b56c0c>>
 * @lightSyntaxTransform
 */

/* tslint:disable */
/* eslint-disable */
// @ts-nocheck

import { ReaderFragment } from 'relay-runtime';
export type Provider = "KOBBLE" | "VOBIZ" | "%future added value";
export type TransactionStatus = "CANCELLED" | "COMPLETED" | "DECLINED" | "FAILED" | "PENDING" | "UNKNOWN" | "%future added value";
import { FragmentRefs } from "relay-runtime";
export type Entries_entry$data = {
  readonly amount: {
    readonly amount: string;
    readonly currency: string;
  };
  readonly createdAt: string;
  readonly id: string;
  readonly provider: Provider;
  readonly status: TransactionStatus;
  readonly " $fragmentType": "Entries_entry";
};
export type Entries_entry$key = {
  readonly " $data"?: Entries_entry$data;
  readonly " $fragmentSpreads": FragmentRefs<"Entries_entry">;
};

import EntriesEntryQuery_graphql from './EntriesEntryQuery.graphql';

const node: ReaderFragment = {
  "argumentDefinitions": [],
  "kind": "Fragment",
  "metadata": {
    "refetch": {
      "connection": null,
      "fragmentPathInResult": [
        "node"
      ],
      "operation": EntriesEntryQuery_graphql,
      "identifierInfo": {
        "identifierField": "id",
        "identifierQueryVariableName": "id"
      }
    }
  },
  "name": "Entries_entry",
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
    },
    {
      "alias": null,
      "args": null,
      "kind": "ScalarField",
      "name": "id",
      "storageKey": null
    }
  ],
  "type": "Transaction",
  "abstractKey": "__isTransaction"
};

(node as any).hash = "1b8c222e500f19ae7b8e97ae8458067a";

export default node;
