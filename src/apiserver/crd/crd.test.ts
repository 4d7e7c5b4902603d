import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KubernetesObject } from '../../api/object.ts';
import { startTestServer, ADMIN, type TestServer } from '../testing/test-server.ts';
import type { Transport } from '../../client/transport.ts';

let server: TestServer;
let transport: Transport;
before(async () => {
  server = await startTestServer();
  transport = server.server.transport(ADMIN);
});
after(() => server.close());

type Answer = { code: number; body: KubernetesObject & { message: string; items?: KubernetesObject[]; spec?: Record<string, unknown> } };
async function send(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer> {
  const answer = await transport.request({ method, path, ...(body === undefined ? {} : { body }), ...(contentType ? { contentType } : {}) } as never);
  return answer as unknown as Answer;
}

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const MERGE = 'application/merge-patch+json';

function definition(plural: string, kind: string, spec: object, more: object = {}): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com', scope: 'Namespaced', names: { plural, kind },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } }, ...more }],
    },
  };
}

const WIDGET = {
  type: 'object', required: ['size'],
  properties: {
    size: { type: 'integer', maximum: 3 }, color: { type: 'string', default: 'red', enum: ['red', 'blue'] }, note: { type: 'string', maxLength: 3 },
    parts: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'], items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, count: { type: 'integer' } } } },
  },
  'x-kubernetes-validations': [{ rule: "self.color == oldSelf.color || self.size > 1", message: 'too small to be painted' }],
};

test('a resource is served as soon as its definition is written', async () => {
  const made = await send('POST', DEFINITIONS, definition('widgets', 'Widget', WIDGET, { subresources: { status: {} }, selectableFields: [{ jsonPath: '.spec.color' }] }));
  assert.equal(made.code, 201, made.body.message);
  const created = await send('POST', '/apis/example.com/v1/namespaces/default/widgets', {
    apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 1, unknown: true }, status: { x: 1 },
  });
  assert.equal(created.code, 201, created.body.message);
  assert.deepEqual(created.body.spec, { size: 1, color: 'red' });
  assert.equal(created.body['status'], undefined);
  assert.equal(created.body.metadata?.generation, 1);
});

test('values are checked in the words of upstream', async () => {
  const answer = await send('POST', '/apis/example.com/v1/namespaces/default/widgets', {
    apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'bad' }, spec: { size: 5, color: 'green', note: 'long', parts: [{}] },
  });
  assert.equal(answer.code, 422);
  for (const text of [
    'spec.size: Invalid value: 5: spec.size in body should be less than or equal to 3', 'spec.color: Unsupported value: "green": supported values: "red", "blue"',
    'spec.note: Too long: may not be more than 3 bytes', 'spec.parts[0].name: Required value', 'some validation rules were not checked',
  ]) assert.ok(answer.body.message.includes(text), `${text} in ${answer.body.message}`);
});

test('expressions compare with what was before', async () => {
  const path = '/apis/example.com/v1/namespaces/default/widgets/w';
  const refused = await send('PATCH', path, { spec: { color: 'blue' } }, MERGE);
  assert.equal(refused.code, 422);
  assert.match(refused.body.message, /spec: Invalid value: too small to be painted/);
  const taken = await send('PATCH', path, { spec: { color: 'blue', size: 2 } }, MERGE);
  assert.equal(taken.code, 200, taken.body.message);
  assert.equal(taken.body.metadata?.generation, 2);
});

test('status is written apart and selectable fields select', async () => {
  const path = '/apis/example.com/v1/namespaces/default/widgets/w';
  const status = await send('PATCH', `${path}/status`, { spec: { size: 3 }, status: { ready: true } }, MERGE);
  assert.deepEqual([status.body.spec?.['size'], status.body['status'], status.body.metadata?.generation], [2, { ready: true }, 2]);
  const found = await send('GET', '/apis/example.com/v1/widgets?fieldSelector=spec.color%3Dblue');
  assert.equal(found.body.items?.length, 1);
  assert.equal((await send('GET', '/apis/example.com/v1/widgets?fieldSelector=spec.color%3Dred')).body.items?.length, 0);
  assert.equal((await send('GET', '/apis/example.com/v1/widgets?fieldSelector=spec.size%3D2')).code, 400);
});

test('what was wrong already stays allowed while it stays as it is', async () => {
  const name = `${DEFINITIONS}/widgets.example.com`;
  const stored = (await send('GET', name)).body;
  const next = structuredClone(stored) as unknown as { spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, object> } } } } }[] } };
  next.spec.versions[0]!.schema.openAPIV3Schema.properties.spec.properties['size'] = { type: 'integer', maximum: 1 };
  assert.equal((await send('PUT', name, next)).code, 200);
  const path = '/apis/example.com/v1/namespaces/default/widgets/w';
  assert.equal((await send('PATCH', path, { spec: { note: 'new' } }, MERGE)).code, 200);
  assert.equal((await send('PATCH', path, { spec: { size: 3 } }, MERGE)).code, 422);
});

test('objects show new defaults, and each version under its own name', async () => {
  const name = `${DEFINITIONS}/widgets.example.com`;
  const stored = structuredClone((await send('GET', name)).body) as unknown as { spec: { versions: Record<string, unknown>[] } };
  const v2 = structuredClone(stored.spec.versions[0]) as { name: string; storage: boolean; schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, object> } } } } };
  v2.name = 'v2';
  v2.schema.openAPIV3Schema.properties.spec.properties['shape'] = { type: 'string', default: 'round' };
  stored.spec.versions[0]!['storage'] = false;
  stored.spec.versions.push(v2 as never);
  assert.equal((await send('PUT', name, stored)).code, 200);
  const shown = await send('GET', '/apis/example.com/v2/namespaces/default/widgets/w');
  assert.equal(shown.code, 200, shown.body.message);
  assert.deepEqual([shown.body.apiVersion, shown.body.spec?.['shape']], ['example.com/v2', 'round']);
  assert.equal((await send('GET', '/apis/example.com/v1/namespaces/default/widgets/w')).body.spec?.['shape'], undefined);
  const definitionNow = (await send('GET', name)).body as unknown as { status: { storedVersions: string[] } };
  assert.deepEqual(definitionNow.status.storedVersions, ['v1', 'v2']);
});

test('names that another definition has are not given twice', async () => {
  const body = definition('gadgets', 'Widget', { type: 'object' });
  assert.equal((await send('POST', DEFINITIONS, body)).code, 201);
  assert.equal((await send('GET', '/apis/example.com/v1/gadgets')).code, 404);
  await new Promise((resolve) => { setTimeout(resolve, 50); });
  const conditions = ((await send('GET', `${DEFINITIONS}/gadgets.example.com`)).body as unknown as { status: { conditions: { type: string; reason: string }[] } }).status.conditions;
  assert.deepEqual(conditions.map(({ type, reason }) => `${type} ${reason}`), ['NamesAccepted ListKindConflict', 'Established NotAccepted']);
});

test('a definition may have finalizers without a domain, and its generated name tells only that it is not the required one', async () => {
  const made = definition('sprockets', 'Sprocket', { type: 'object' }) as KubernetesObject;
  const dry = `${DEFINITIONS}?dryRun=All`;
  assert.equal((await send('POST', dry, { ...made, metadata: { ...made.metadata, finalizers: ['foo'] } })).code, 201);
  const generated = await send('POST', dry, { ...made, metadata: { generateName: 'gen-' } });
  assert.equal(generated.code, 422);
  assert.doesNotMatch(generated.body.message, /RFC 1123/);
});

test('a definition waits for its objects, takes no new ones and then frees its names', async () => {
  await send('PATCH', '/apis/example.com/v1/namespaces/default/widgets/w', { metadata: { finalizers: ['example.com/hold'] } }, MERGE);
  const { body: standing } = await send('GET', `${DEFINITIONS}/widgets.example.com`);
  const deleted = await send('DELETE', `${DEFINITIONS}/widgets.example.com`);
  assert.equal(deleted.code, 200);
  assert.deepEqual(deleted.body.metadata?.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
  assert.deepEqual([deleted.body.metadata?.generation, deleted.body.metadata?.deletionGracePeriodSeconds], [standing.metadata?.generation, undefined]);
  const refused = await send('POST', '/apis/example.com/v1/namespaces/default/widgets', { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'late' }, spec: { size: 1 } });
  assert.equal(refused.code, 405);
  await send('PATCH', '/apis/example.com/v1/namespaces/default/widgets/w', { metadata: { finalizers: null } }, MERGE);
  for (let attempt = 0; attempt < 100 && (await send('GET', `${DEFINITIONS}/widgets.example.com`)).code !== 404; attempt++) await new Promise((resolve) => { setTimeout(resolve, 30); });
  assert.equal((await send('GET', '/apis/example.com/v1/widgets')).code, 404);
  assert.equal((await send('GET', '/apis/example.com/v1/gadgets')).code, 200);
});

test('a definition that is not structural is refused with the place of every fault', async () => {
  const answer = await send('POST', DEFINITIONS, definition('faults', 'Fault', {
    type: 'object', properties: { a: {}, b: { type: 'array' }, c: { type: 'string', anyOf: [{ type: 'string' }] }, d: { type: 'integer', default: 'x' } },
  }));
  assert.equal(answer.code, 422);
  const at = 'spec.validation.openAPIV3Schema.properties[spec].properties';
  for (const text of [
    `${at}[a].type: Required value: must not be empty for specified object fields`, `${at}[b].items: Required value: must be specified`,
    `${at}[c].anyOf[0].type: Forbidden: must be empty to be structural`,
  ]) assert.ok(answer.body.message.includes(text), `${text} in ${answer.body.message}`);
});

test('a rule that does not compile, or names a field that is not there, is refused', async () => {
  for (const [rule, text] of [['self.x >', 'compilation failed'], ['self.y == 1', "undefined field 'y'"], ['1', 'must evaluate to a bool']]) {
    const answer = await send('POST', DEFINITIONS, definition('rules', 'Ruled', { type: 'object', properties: { x: { type: 'integer' } }, 'x-kubernetes-validations': [{ rule }] }));
    assert.equal(answer.code, 422);
    assert.ok(answer.body.message.includes(text as string), answer.body.message);
  }
});

test('odd values are told as upstream tells them', async () => {
  const spec = { type: 'object', properties: { n: { type: 'number', maximum: 10, multipleOf: 2 }, list: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['a'], items: { type: 'object', required: ['a'], properties: { a: { type: 'string' } } } }, replicas: { type: 'integer' } } };
  const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
  assert.equal((await send('POST', DEFINITIONS, definition('odds', 'Odd', spec, { subresources: { scale } }))).code, 201);
  const refused = async (rest: object): Promise<string> => (await send('POST', '/apis/example.com/v1/namespaces/default/odds', { apiVersion: 'example.com/v1', kind: 'Odd', metadata: { name: 'x' }, ...rest })).body.message;
  const text = await refused({ spec: { n: 1e20 } });
  assert.match(text, /Invalid value: 1e\+20: spec\.n in body should be less than or equal to 10/);
  assert.match(text, /Invalid value: 1e\+20: spec\.n in body should be a multiple of 2/);
  assert.equal(await refused({ spec: { list: [null] } }), 'Odd.example.com "x" is invalid: spec.list[0]: Invalid value: "null": spec.list[0] in body must be of type object: "null"');
  assert.match(await refused({ spec: { replicas: 'x' } }), /\.spec\.replicas: Invalid value: 0: \.spec\.replicas accessor error: x is of the type string, expected int64/);
});
