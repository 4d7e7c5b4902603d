import type { Side } from '../client.ts';
import { SAMPLES, TERMINATING } from './objects.ts';

/** What is on both servers before documents are compared: custom resources of several forms. */
const object = (properties: object): object => ({ type: 'object', properties });
const spec = object({
  size: { type: 'integer', minimum: 1, maximum: 10, default: 3 }, word: { type: 'string', enum: ['a', 'b'], pattern: '^.$', nullable: true },
  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, either: { 'x-kubernetes-int-or-string': true },
  list: { type: 'array', items: { ...object({ key: { type: 'string' }, values: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' } }), required: ['key'] }, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key'] },
  embedded: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
  map: { type: 'object', additionalProperties: { type: 'number' } }, when: { type: 'string', format: 'date-time' },
});
const status = object({ replicas: { type: 'integer' }, phase: { type: 'string' }, labelSelector: { type: 'string' } });
const columns = [
  { name: 'Size', type: 'integer', jsonPath: '.spec.size', description: 'How big.' }, { name: 'Word', type: 'string', jsonPath: '.spec.word', priority: 1 },
  { name: 'Ratio', type: 'number', jsonPath: '.spec.map.ratio', format: 'float' }, { name: 'Keys', type: 'string', jsonPath: '.spec.list[*].key' },
  { name: 'When', type: 'date', jsonPath: '.spec.when' }, { name: 'On', type: 'boolean', jsonPath: '.spec.free.on' }, { name: 'All', type: 'string', jsonPath: '.spec.free' },
];
const version = (name: string, storage: boolean, more: object = {}): object => ({
  name, served: true, storage, schema: { openAPIV3Schema: { ...object({ spec, status }), required: ['spec'] } },
  subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.labelSelector' } }, ...more,
});
const definition = (plural: string, kind: string, scope: string, versions: object[], names: object = {}): object => ({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.stable.example.com` },
  spec: { group: 'stable.example.com', scope, names: { plural, singular: kind.toLowerCase(), kind, ...names }, versions },
});
export const DEFINITIONS = [
  definition('widgets', 'Widget', 'Namespaced', [version('v1', true, { additionalPrinterColumns: columns, selectableFields: [{ jsonPath: '.spec.word' }] }), version('v1beta1', false, { deprecated: true, schema: { openAPIV3Schema: object({ spec }) } })], { shortNames: ['wd'], categories: ['all', 'example'] }),
  definition('boxes', 'Box', 'Cluster', [{ name: 'v2', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }]),
];
const WAIT_TRIES = 100;

export async function post(side: Side, path: string, body: object): Promise<void> {
  const answer = await side.send({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (answer.code !== 201) throw new Error(`${side.name} ${path}: ${answer.bytes.toString()}`);
}

/** Makes them and waits until they stand in every document. */
export async function makeScene(side: Side): Promise<void> {
  for (const each of DEFINITIONS) await post(side, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', each);
  const shows = async (path: string, text: string): Promise<boolean> => (await side.send({ method: 'GET', path })).bytes.includes(text);
  for (let tries = 0; tries < WAIT_TRIES; tries++) {
    if (await shows('/openapi/v2', 'com.example.stable.v2.Box') && await shows('/openapi/v3', 'stable.example.com/v2') && await shows('/apis/stable.example.com/v1', 'widgets') && await shows('/apis/stable.example.com/v2/boxes', '"items"')) return;
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
  throw new Error(`${side.name} does not publish its custom resources`);
}

/** Makes everything that tables are compared of; refusals are told, as both sides must take the same. */
export async function makeSamples(side: Side): Promise<void> {
  const json = { 'content-type': 'application/json' };
  for (const { path, object, status } of SAMPLES) {
    const made = await side.send({ method: 'POST', path, headers: json, body: JSON.stringify(object) });
    if (made.code !== 201) console.log(`${side.name} ${path}: ${made.bytes.toString().slice(0, 500)}`);
    if (!status) continue;
    const url = `${path}/${(object['metadata'] as { name: string }).name}/status`;
    const set = await side.send({ method: 'PATCH', path: url, headers: { 'content-type': 'application/merge-patch+json' }, body: JSON.stringify({ status }) });
    if (set.code !== 200) console.log(`${side.name} ${url}: ${set.bytes.toString().slice(0, 500)}`);
  }
  await side.send({ method: 'DELETE', path: TERMINATING });
}
