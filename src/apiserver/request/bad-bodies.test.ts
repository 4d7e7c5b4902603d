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
const PODS = '/api/v1/namespaces/default/pods';
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

test('a JSON body that is no object of the kind', async () => {
  const post = (body: string | Uint8Array, message: string): Promise<void> => refused('POST', MAPS, 'application/json', body, [400, 'BadRequest', message]);
  const unread = (why: string): string => `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ${why}`;
  const anyKind = 'Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  await post('', unread('unexpected end of JSON input (<empty>)'));
  await post('{"a"', unread('unexpected end of JSON input ({"a")'));
  await post('{"a":1}}', unread("invalid character '}' after top-level value ({\"a\":1}})"));
  await post('[]', unread(`json: cannot unmarshal array into ${anyKind} (5b5d)`));
  await post('5', unread(`json: cannot unmarshal number into ${anyKind} (35)`));
  await post('true', unread(`json: cannot unmarshal bool into ${anyKind} (74727565)`));
  await post('{"kind":5}', unread('json: cannot unmarshal number into Go struct field .kind of type string ({"kind":5})'));
  await post('{"apiVersion":[]}', unread('json: cannot unmarshal array into Go struct field .apiVersion of type string ({"apiVersion":[]})'));
  await post(Buffer.from([0xff, 0xfe]), unread("invalid character 'ÿ' looking for beginning of value (fffe)"));
  await post(Buffer.from('\ufeff{}'), unread("invalid character 'ï' looking for beginning of value (efbbbf7b7d)"));
  await post('{"a":"\u0000"}', unread("invalid character '\\x00' in string literal"));
  await post('{"apiVersion":"a/b/c","kind":"ConfigMap"}', 'the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c');
  await post('{"apiVersion":"v1","kind":"Nope"}', 'Nope in version "v1" cannot be handled as a ConfigMap: no kind "Nope" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"');
  await post('{"apiVersion":"v2","kind":"ConfigMap"}', 'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"');
  await post('{"apiVersion":"v1","kind":"Secret"}', 'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion');
  await post('{"data":{"a":{}}}', 'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal object into Go struct field ConfigMap.data of type string');
});

test('a number that is no integer of its width', async () => {
  for (const text of ['1e3', '1.0', '1E2', '1e400', '1.5', '9223372036854775808', '-9223372036854775809', '1e999999999']) {
    await refused('POST', MAPS, 'application/json', `{"metadata":{"name":"n","generation":${text}}}`, [400, 'BadRequest', `ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number ${text} into Go struct field ObjectMeta.metadata.generation of type int64`]);
  }
  for (const [text, expected] of [['-0', 201], ['9223372036854775807', 201], ['-9223372036854775808', 422]] as const) {
    const { code } = await send(server, 'POST', `${MAPS}?dryRun=All`, { bytes: Buffer.from(`{"metadata":{"name":"n","generation": ${text}}}`) });
    assert.equal(code, expected, text);
  }
});

test('names of JavaScript are names like others', async () => {
  const text = '{"metadata":{"name":"odd","labels":{"constructor":"m"}},"data":{"__proto__":"a","constructor":"b","toString":"c"}}';
  const created = await send(server, 'POST', MAPS, { bytes: Buffer.from(text) });
  assert.equal(created.code, 201);
  for (const [contentType, patch] of [[STRATEGIC, '{"data":{"__proto__":"d"}}'], [MERGE, '{"data":{"__proto__":"d"}}'], [JSON_PATCH, '[{"op":"add","path":"/data/__proto__","value":"d"}]']] as const) {
    const { code } = await send(server, 'PATCH', `${MAPS}/odd`, { bytes: Buffer.from(patch), headers: { 'content-type': contentType } });
    assert.equal(code, 200, contentType);
    const { bytes } = await send(server, 'GET', `${MAPS}/odd`);
    assert.match(bytes.toString(), /"labels":\{"constructor":"m"\}/);
    assert.match(bytes.toString(), /"data":\{"__proto__":"d","constructor":"b","toString":"c"\}/, contentType);
  }
  const applied = await send(server, 'PATCH', `${MAPS}/odd?fieldManager=m&force=true`, {
    bytes: Buffer.from('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"odd"},"data":{"__proto__":"e"}}'), headers: { 'content-type': APPLY },
  });
  assert.equal(applied.code, 200);
  assert.match(applied.bytes.toString(), /"__proto__":"e"/);
  await refused('POST', MAPS, 'application/json', '{"metadata":{"name":"label","labels":{"__proto__":"x"}}}', [422, 'Invalid', 'ConfigMap "label" is invalid: metadata.labels: Invalid value: "__proto__"']);
  assert.equal(({} as Record<string, unknown>)['a'], undefined);
});

test('a resize without containers', async () => {
  await send(server, 'POST', PODS, { body: { metadata: { name: 'small' }, spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1' } } }] } } });
  for (const spec of [undefined, null, { containers: null }, { containers: [] }]) {
    await refused('PUT', `${PODS}/small/resize`, 'application/json', { metadata: { name: 'small' }, spec }, [422, 'Invalid', 'Pod "small" is invalid: [spec.containers: Required value, ']);
  }
});

test('JSON patches that copy without measure, or are none', async () => {
  await send(server, 'POST', MAPS, { body: { metadata: { name: 'bomb' }, data: { a: 'b'.repeat(100_000) } } });
  const at = `${MAPS}/bomb`;
  const rejected: Answer = [422, 'Invalid', 'the server rejected our request due to an error in our request'];
  await refused('PATCH', at, JSON_PATCH, Array.from({ length: 50 }, (_, index) => ({ op: 'copy', from: '/data/a', path: `/data/x${index}` })), rejected);
  await refused('PATCH', at, JSON_PATCH, Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '/data', path: `/data/x${index}` })), rejected);
  await refused('PATCH', at, JSON_PATCH, '[{"op":"add","path":5}]', [400, 'BadRequest', 'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string']);
  await refused('PATCH', at, JSON_PATCH, '[5]', [400, 'BadRequest', 'error decoding patch: json: cannot unmarshal number into Go value of type handlers.jsonPatchOp']);
  await refused('PATCH', at, JSON_PATCH, '[null]', rejected);
  const inside = await send(server, 'PATCH', `${at}?dryRun=All`, { bytes: Buffer.from('[{"op":"copy","from":"/metadata","path":"/metadata/labels"}]'), headers: { 'content-type': JSON_PATCH } });
  assert.equal(inside.code, 422);
});

test('directives of strategic patches in odd places', async () => {
  const patch = (body: string, message: string): Promise<void> => refused('PATCH', `${MAPS}/have`, STRATEGIC, body, [500, undefined, message]);
  await patch('{"$patch":5}', 'unknown patch type: %!s(int64=5) in map: map[$patch:5]');
  await patch('{"metadata":{"$setElementOrder/finalizers":5}}', 'expected a []interface {}, but received a int64');
  await patch('{"$setElementOrder/data":[]}', 'expected a []interface {}, but received a map[string]interface {}');
  await patch('{"$setElementOrder/nope":["a"]}', 'unable to find api field in struct ConfigMap for the json field "nope"');
  for (const body of ['{"metadata":{"ownerReferences":[{"$patch":"replace"}]}}', '{"metadata":{"ownerReferences":[{"uid":"x","$patch":"merge"}]}}']) {
    assert.equal((await send(server, 'PATCH', `${MAPS}/have`, { bytes: Buffer.from(body), headers: { 'content-type': STRATEGIC } })).code, 200, body);
  }
});

test('media types that cannot be read, and watches of YAML', async () => {
  const unsupported: Answer = [415, 'UnsupportedMediaType', 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf'];
  for (const type of [';', 'application/json;a', 'text/plain', 'application/cbor', 'json']) await refused('POST', MAPS, type, '{"metadata":{"name":"x"}}', unsupported);
  for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;']) {
    assert.equal((await send(server, 'POST', `${MAPS}?dryRun=All`, { bytes: Buffer.from('{"metadata":{"name":"x"}}'), headers: { 'content-type': type } })).code, 201, type);
  }
  const text = 'the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({"metadata":{"name":"x"}})';
  await refused('POST', MAPS, 'application/vnd.kubernetes.protobuf', '{"metadata":{"name":"x"}}', [400, 'BadRequest', text]);
  const watched = await send(server, 'GET', `${MAPS}?watch=1&timeoutSeconds=1`, { headers: { accept: 'application/yaml' } });
  assert.equal(watched.code, 406);
  assert.match(watched.bytes.toString(), /only the following media types are accepted: application\/json;stream=watch, application\/vnd\.kubernetes\.protobuf;stream=watch/);
});

test('of many findings the first hundred are told, each once', async () => {
  const keys = Array.from({ length: 150_000 }, (_, index) => `"k${index}":""`).join(',');
  const unknown = await send(server, 'POST', `${MAPS}?dryRun=All&fieldValidation=Strict`, { bytes: Buffer.from(`{"metadata":{"name":"x"},${keys}}`) });
  assert.equal(unknown.code, 400);
  assert.ok(unknown.body.message.endsWith('unknown field "k98", unknown field "k99"'), unknown.body.message.slice(-100));
  assert.equal((await send(server, 'POST', `${MAPS}?dryRun=All`, { bytes: Buffer.from(`{"metadata":{"name":"x"},${keys}}`) })).code, 201);
  const twice = await send(server, 'POST', `${MAPS}?dryRun=All&fieldValidation=Strict`, { bytes: Buffer.from(`{"metadata":{"name":"x"},"data":{${Array(1000).fill('"k":""').join(',')}}}`) });
  assert.ok(twice.body.message.endsWith('strict decoding error: duplicate field "data.k"'), twice.body.message.slice(-100));
});
