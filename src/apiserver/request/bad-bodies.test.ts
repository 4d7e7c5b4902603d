/** Bodies that nobody should send, with upstream's answers: code, reason, and how its message begins. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let server: TestServer;
before(async () => {
  server = await startTestServer();
  await send(server, 'POST', MAPS, { body: { metadata: { name: 'have' }, data: { a: 'b' } } });
  await send(server, 'POST', SETS, { body: replicaSet });
});
after(() => server.close());

const MAPS = '/api/v1/namespaces/default/configmaps';
const SETS = '/apis/apps/v1/namespaces/default/replicasets';
const JSON_PATCH = 'application/json-patch+json';
const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const APPLY = 'application/apply-patch+yaml';
const replicaSet = {
  metadata: { name: 'set' },
  spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
};

type Answer = [code: number, reason: string | undefined, message: string];
async function refused(method: string, path: string, contentType: string, body: unknown, [code, reason, message]: Answer): Promise<void> {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body as string) : Buffer.from(JSON.stringify(body));
  const answer = await send(server, method, path, { bytes, headers: { 'content-type': contentType } });
  const what = `${method} ${path} ${bytes.toString().slice(0, 100)}`;
  assert.deepEqual([answer.code, answer.body.reason], [code, reason], `${what}: ${JSON.stringify(answer.body).slice(0, 500)}`);
  assert.ok(answer.body.message.startsWith(message), `${what}: ${answer.body.message}`);
}

test('an apply of wrong types', async () => {
  const apply = (path: string, body: unknown, answer: Answer): Promise<void> => refused('PATCH', `${path}?fieldManager=m`, APPLY, body, answer);
  const kind = { apiVersion: 'v1', kind: 'ConfigMap' };
  const typed = (text: string, where = '/have'): Answer => [500, undefined, `failed to create typed patch object (${where}; /v1, Kind=ConfigMap): ${text}`];
  const converted = (text: string): Answer => [500, undefined, `failed to convert new object (/have; /v1, Kind=ConfigMap) to proper version: unable to convert unstructured object to /v1, Kind=ConfigMap: ${text}`];
  const metadata = (fields: object): object => ({ ...kind, metadata: { name: 'have', ...fields } });
  const at = `${MAPS}/have`;
  await apply(at, { ...kind, metadata: 5 }, typed('.metadata: expected map, got &{5}', '/'));
  await apply(at, { ...kind, metadata: { name: 5 } }, typed('.metadata.name: expected string, got &value.valueUnstructured{Value:5}', '/'));
  await apply(at, metadata({ labels: [1, { b: 'c' }] }), typed('.metadata.labels: expected map, got &{[1 map[b:c]]}'));
  await apply(at, metadata({ labels: { a: { b: 1 } } }), typed('.metadata.labels.a: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"b":1}}'));
  await apply(at, metadata({ finalizers: [5] }), typed('.metadata.finalizers[=5]: expected string, got &value.valueUnstructured{Value:5}'));
  await apply(at, metadata({ generation: 'a' }), typed('.metadata.generation: expected numeric (int or float), got string'));
  await apply(at, { ...metadata({}), immutable: 'x' }, typed('.immutable: expected boolean, got &{x}'));
  await apply(at, { ...metadata({}), zzz: 1 }, typed('.zzz: field not declared in schema'));
  await apply(at, metadata({ creationTimestamp: 'abc' }), converted('parsing time "abc" as "2006-01-02T15:04:05Z07:00": cannot parse "abc" as "2006"'));
  await apply(at, metadata({ creationTimestamp: 5 }), converted('json: cannot unmarshal number into Go value of type string'));
  await apply(at, metadata({ deletionGracePeriodSeconds: 1.5 }), converted('cannot convert float64 to int64'));
  await apply(at, { ...metadata({}), binaryData: { a: '!!' } }, converted('error decoding from json: illegal base64 data at input byte 0'));
  await apply(`${MAPS}/new`, kind, [400, 'BadRequest', 'the name of the object (new based on URL) was undeterminable: name must be provided']);
});

test('an apply of another kind, or of no object', async () => {
  const apply = (body: unknown, message: string): Promise<void> => refused('PATCH', `${MAPS}/have?fieldManager=m`, APPLY, body, [400, 'BadRequest', message]);
  await apply({ apiVersion: 'v1', kind: 'Secret' }, 'invalid object type: /v1, Kind=Secret');
  await apply({ apiVersion: 'apps/v2', kind: 'ConfigMap' }, 'invalid object type: apps/v2, Kind=ConfigMap');
  await apply({ apiVersion: 5, kind: 'ConfigMap' }, 'invalid object type: /, Kind=ConfigMap');
  await apply('', 'invalid object type: /, Kind=');
  await apply('null', 'invalid object type: /, Kind=');
  await apply([], 'error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}');
  await apply('5', 'error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal number into Go value of type map[string]interface {}');
  await apply('a: [b', 'error encoding patch: yaml: line 1: ');
  await apply('a: *x', "error encoding patch: yaml: unknown anchor 'x' referenced");
});

test('aliases of YAML that grow without measure are refused', async () => {
  let text = 'a0: &a0 [x,x,x,x,x,x,x,x,x]\n';
  for (let level = 1; level < 12; level++) text += `a${level}: &a${level} [${Array(9).fill(`*a${level - 1}`).join(',')}]\n`;
  await refused('PATCH', `${MAPS}/have?fieldManager=m`, APPLY, text, [400, 'BadRequest', 'error encoding patch: yaml: document contains excessive aliasing']);
});

test('merge patches of wrong types', async () => {
  const at = `${SETS}/set`;
  const listOf = (items: unknown): object => ({ spec: { template: { spec: { containers: items } } } });
  await refused('PATCH', at, STRATEGIC, listOf([false]), [500, undefined, 'list element types are not identical: [[map[image:i']);
  await refused('PATCH', at, STRATEGIC, listOf([null]), [500, undefined, 'list element types are not identical: [[map[image:i']);
  await refused('PATCH', at, STRATEGIC, listOf([{ image: 'x' }]), [500, undefined, 'map: map[image:x] does not contain declared merge key: name']);
  await refused('PATCH', at, MERGE, listOf([null]), [422, 'Invalid', 'ReplicaSet.apps "set" is invalid: [spec.template.spec.containers[0].name: Required value, spec.template.spec.containers[0].image: Required value]']);
  await refused('PATCH', at, MERGE, 'null', [400, 'BadRequest', 'Invalid JSON Patch']);
  await refused('PATCH', at, MERGE, '[]', [400, 'BadRequest', 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}']);
  await refused('PATCH', at, JSON_PATCH, '{}', [400, 'BadRequest', 'error decoding patch']);
  assert.equal((await send(server, 'PATCH', at, { bytes: Buffer.from('null'), headers: { 'content-type': STRATEGIC } })).code, 200);
});

test('resources of a pod without containers', async () => {
  const spec = { ...replicaSet.spec, template: { ...replicaSet.spec.template, spec: { containers: null, resources: { requests: { cpu: '1' } } } } };
  await refused('PUT', `${SETS}/set`, 'application/json', { ...replicaSet, spec }, [422, 'Invalid', 'ReplicaSet.apps "set" is invalid: spec.template.spec.containers: Required value']);
});
