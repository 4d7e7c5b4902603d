// Made by schema/generate/types.ts; do not edit.
import type { ObjectReference } from './core-v1.ts';
import type { ListMeta, ObjectMeta } from './meta-v1.ts';

export type Endpoint = {
  addresses: string[];
  conditions?: EndpointConditions;
  deprecatedTopology?: Record<string, string>;
  hints?: EndpointHints;
  hostname?: string;
  nodeName?: string;
  targetRef?: ObjectReference;
  zone?: string;
};

export type EndpointConditions = {
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
};

export type EndpointHints = {
  forNodes?: ForNode[];
  forZones?: ForZone[];
};

export type EndpointPort = {
  appProtocol?: string;
  name?: string;
  port?: number;
  protocol?: string;
};

export type EndpointSlice = {
  addressType: string;
  apiVersion?: string;
  endpoints?: Endpoint[];
  kind?: string;
  metadata?: ObjectMeta;
  ports?: EndpointPort[];
};

export type EndpointSliceList = {
  apiVersion?: string;
  items: EndpointSlice[];
  kind?: string;
  metadata?: ListMeta;
};

export type ForNode = {
  name: string;
};

export type ForZone = {
  name: string;
};
