import type { Field, ResourceInfo, Schema } from '../../api/schema.ts';

const GROUP = 'metrics.k8s.io';
const VERSION = 'v1beta1';
const STRING: Schema = { type: 'string' };

const objectOf = (fields: Record<string, Schema>): Schema => ({
  type: 'object', fields: new Map(Object.entries(fields).map(([name, schema]): [string, Field] => [name, { name, schema, required: false }])),
});

/** Both kinds in one schema each; no protobuf numbers, so they are always sent as JSON. */
function schemaOf(own: Record<string, Schema>): Schema {
  const metadata: Schema = { type: 'object', preserveUnknownFields: true };
  return objectOf({ apiVersion: STRING, kind: STRING, metadata, timestamp: STRING, window: STRING, ...own });
}
const USAGE: Schema = { type: 'map', values: { type: 'string', format: 'quantity' } };

function resource(name: string, kind: string, namespaced: boolean, schema: Schema): ResourceInfo {
  return {
    group: GROUP, version: VERSION, resource: name, kind, singularName: '', namespaced, shortNames: [], categories: [], verbs: ['get', 'list'], schema,
    listKind: `${kind}List`, subresources: new Map(), storageVersion: VERSION, builtIn: false,
  };
}

export function metricsResources(): ResourceInfo[] {
  return [
    resource('nodes', 'NodeMetrics', false, schemaOf({ usage: USAGE })),
    resource('pods', 'PodMetrics', true, schemaOf({ containers: { type: 'array', items: objectOf({ name: STRING, usage: USAGE }) } })),
  ];
}
