import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheme } from '../scheme.ts';
import type { Schema } from '../schema.ts';
import { decodeJson, decodeObject, DecodeError, JsonSyntaxError } from './json.ts';

const scheme = createScheme();
const schema = (group: string, kind: string): Schema => scheme.kindSchema(group, 'v1', kind) as Schema;
const deployment = schema('apps', 'Deployment');
const fails = (text: string, message: string, kind = deployment): void => {
  assert.throws(() => decodeJson(text, kind), (error) => (error instanceof DecodeError || error instanceof JsonSyntaxError) && (assert.equal(error.message, message), true));
};

test('a value of a wrong type is named as Go names it', () => {
  fails('{"metadata":{"name":5}}', 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string');
  fails('{"spec":{"replicas":"x"}}', 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32');
  fails('{"spec":{"replicas":3000000000}}', 'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32');
  fails('{"spec":{"replicas":3.5}}', 'json: cannot unmarshal number 3.5 into Go struct field DeploymentSpec.spec.replicas of type int32');
  fails('{"metadata":{"labels":{"a":5}}}', 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string');
  fails('{"spec":[]}', 'json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec');
  fails('{"spec":{"ports":[{"targetPort":{}}]}}', 'json: cannot unmarshal object into Go struct field ServicePort.spec.ports.targetPort of type int32', schema('', 'Service'));
  fails('{"spec":{"template":{"spec":{"containers":{}}}}}', 'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container');
});

test('scalars with a text form of their own are checked and brought into it', () => {
  fails('{"metadata":{"creationTimestamp":"yesterday"}}', 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"');
  fails('{"metadata":{"creationTimestamp":"2026-02-30T00:00:00Z"}}', 'parsing time "2026-02-30T00:00:00Z": day out of range');
  fails('{"data":{"a":"***"}}', 'illegal base64 data at input byte 0', schema('', 'Secret'));
  fails('{"spec":{"hard":{"cpu":"x"}}}', "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'", schema('', 'ResourceQuota'));
  const { object } = decodeJson<any>('{"spec":{"hard":{"cpu":"1000m","memory":1024}},"metadata":{"creationTimestamp":"2026-01-01T02:00:00+02:00"}}', schema('', 'ResourceQuota'));
  assert.deepEqual(object.spec.hard, { cpu: '1', memory: '1024' });
  assert.equal(object.metadata.creationTimestamp, '2026-01-01T00:00:00Z');
});

test('unknown and duplicate fields are told in the order of the text', () => {
  const text = '{"metadata":{"name":"x","name":"y","foo":1},"spec":{"bar":{},"template":{"spec":{"containers":[{"name":"x","Image":"x","ports":[{"containerPort":1,"containerPort":2}]}]}}}}';
  const { object, strictErrors, duplicateFields } = decodeJson<any>(text, deployment, { strict: true });
  assert.deepEqual(strictErrors, [
    'duplicate field "metadata.name"', 'unknown field "metadata.foo"', 'unknown field "spec.bar"',
    'unknown field "spec.template.spec.containers[0].Image"', 'duplicate field "spec.template.spec.containers[0].ports[0].containerPort"',
  ]);
  assert.equal(duplicateFields.length, 2);
  assert.equal(object.metadata.name, 'y');
  assert.equal('foo' in object.metadata, false);
});

test('colons, quotes and backslashes inside strings are no duplicate keys', () => {
  const { strictErrors } = decodeJson('{"data":{"a":"{\\"a\\": 1, \\"a\\": 2}","b\\\\":"x\\\\"}}', schema('', 'ConfigMap'), { strict: true });
  assert.deepEqual(strictErrors, []);
});

test('duplicates inside what is kept as it is, or is unknown, do not count', () => {
  const { strictErrors } = decodeJson('{"data":{"b":1,"b":{"c":1,"c":2}},"gone":{"x":1,"x":2}}', schema('apps', 'ControllerRevision'), { strict: true });
  assert.deepEqual(strictErrors, ['unknown field "gone"']);
});

test('what Go leaves out is left out, what it always writes is there', () => {
  const { object } = decodeJson<any>('{"metadata":{"name":"x","labels":{}},"spec":{"replicas":0,"paused":false,"template":{"spec":{"containers":[{"name":"x","command":[]}]}}}}', deployment);
  assert.deepEqual(object, {
    metadata: { name: 'x' }, status: {},
    spec: { replicas: 0, selector: null, strategy: {}, template: { metadata: {}, spec: { containers: [{ name: 'x', resources: {} }] } } },
  });
});

test('the result shares nothing with the input, and the input stays as it was', () => {
  const input = { metadata: { labels: { a: 'b' } }, spec: { template: { spec: { containers: [{ name: 'x' }] } } } };
  const before = structuredClone(input);
  const { object } = decodeObject<any>(input, deployment);
  object.metadata.labels.a = 'c';
  object.spec.template.spec.containers[0].name = 'y';
  assert.deepEqual(input, before);
});

test('an empty managedFields list is kept: it says to forget all owners', () => {
  assert.deepEqual(decodeObject<any>({ metadata: { managedFields: [] } }, deployment).object.metadata.managedFields, []);
});

test('syntax errors are worded as upstream words them', () => {
  fails('{"a":', 'unexpected end of JSON input');
  fails('xx', "invalid character 'x' looking for beginning of value");
  fails('{"a" 1}', "invalid character '1' after object key");
  fails('{a:1}', "invalid character 'a' looking for beginning of object key string");
});

const custom: Schema = {
  type: 'object', source: {}, fields: new Map(([
    ['apiVersion', { type: 'string' }], ['kind', { type: 'string' }], ['metadata', { type: 'object' }],
    ['spec', { type: 'object', fields: new Map([['known', { name: 'known', schema: { type: 'integer' }, required: false }], ['open', { name: 'open', schema: { type: 'object', preserveUnknownFields: true }, required: false }]]) }],
  ] as [string, Schema][]).map(([name, field]) => [name, { name, schema: field, required: false }])),
};

test('a custom resource is pruned, keeps values of wrong types and has real metadata', () => {
  const { object, strictErrors } = decodeObject<any>({ kind: 'X', metadata: { name: 'x', nope: 1, labels: { a: 'b' } }, spec: { known: 'text', gone: 1, open: { any: [] } } }, custom, { strict: true });
  assert.deepEqual(object, { kind: 'X', metadata: { name: 'x', labels: { a: 'b' } }, spec: { known: 'text', open: { any: [] } } });
  assert.deepEqual(strictErrors, ['unknown field "metadata.nope"', 'unknown field "spec.gone"']);
  assert.throws(() => decodeObject({ metadata: { name: 5 } }, custom), DecodeError);
});

test('keys such as __proto__ are data', () => {
  const { object } = decodeJson<any>('{"data":{"__proto__":"x"}}', schema('', 'ConfigMap'));
  assert.deepEqual(Object.keys(object.data), ['__proto__']);
});

test('a value that reads itself ends the decoding, whatever was wrong before it', () => {
  const lease = schema('coordination.k8s.io', 'Lease');
  fails('{"spec":{"leaseDurationSeconds":"x","acquireTime":5}}', 'json: cannot unmarshal number into Go struct field LeaseSpec.spec.acquireTime of type string', lease);
  fails('{"spec":{"leaseDurationSeconds":"x","holderIdentity":5}}', 'json: cannot unmarshal string into Go struct field LeaseSpec.spec.leaseDurationSeconds of type int32', lease);
});

test('where an object is made of a map, types of texts are told by their names', () => {
  const lease = schema('coordination.k8s.io', 'Lease');
  const made = (spec: object) => () => decodeObject({ spec }, lease, { wraps: true });
  assert.throws(made({ strategy: 5 }), { message: 'cannot convert int64 to v1.CoordinatedLeaseStrategy' });
  assert.throws(made({ strategy: [] }), { message: 'unrecognized type: string' });
});

test('overhead of a runtime class keeps its finest parts, amounts of other kinds are rounded', () => {
  const { object } = decodeJson<{ overhead: object }>('{"overhead":{"podFixed":{"cpu":"0.0001"}}}', schema('node.k8s.io', 'RuntimeClass'));
  assert.deepEqual(object.overhead, { podFixed: { cpu: '100u' } });
  const { object: quota } = decodeJson<{ spec: object }>('{"spec":{"hard":{"cpu":"0.0001"}}}', schema('', 'ResourceQuota'));
  assert.deepEqual(quota.spec, { hard: { cpu: '1m' } });
});

test('an inlined struct is named, also where decoding ends', () => {
  fails('{"spec":{"template":{"spec":{"containers":[{"livenessProbe":{"httpGet":{"port":3000000000}}}]}}}}',
    'json: cannot unmarshal number 3000000000 into Go struct field HTTPGetAction.spec.template.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32');
  fails('{"spec":{"template":{"spec":{"containers":[{"livenessProbe":{"httpGet":{"path":5}}}]}}}}',
    'json: cannot unmarshal number into Go struct field HTTPGetAction.spec.template.spec.containers.livenessProbe.ProbeHandler.httpGet.path of type string');
});

test('metadata of custom objects is told by its place within, that of objects inside of them as a whole', () => {
  const custom = { type: 'object', fields: new Map([['inner', { name: 'inner', required: false, schema: { type: 'object', embeddedResource: true, preserveUnknownFields: true } }]]) } as unknown as Schema;
  assert.throws(() => decodeObject({ metadata: { labels: { a: 1 } } }, custom), { message: 'json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string' });
  assert.throws(() => decodeObject({ inner: { metadata: { name: 1 } } }, custom),
    { message: 'inner.metadata: Invalid value: {"name":1}: json: cannot unmarshal number into Go struct field ObjectMeta.name of type string' });
});

test('bytes may be a list of numbers', () => {
  const { object } = decodeJson<{ data: object }>('{"data":{"a":[1,2,255,null]}}', schema('', 'Secret'));
  assert.deepEqual(object.data, { a: 'AQL/AA==' });
  fails('{"data":{"a":["x"]}}', 'json: cannot unmarshal string into Go struct field Secret.data of type uint8', schema('', 'Secret'));
});
