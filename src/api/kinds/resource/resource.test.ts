import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleContext } from '../../kind-rules.ts';
import type { KubernetesObject } from '../../object.ts';
import { kindRules } from '../index.ts';

const GROUP = 'resource.k8s.io';
const context = (labels: Record<string, string> = {}): RuleContext => ({ now: 0, operation: 'create', subresource: '', namespace: 'n', user: '', namespaceLabels: () => labels, options: { allowDuplicatePorts: false } });
const object = (kind: string, spec: object, more: object = {}): KubernetesObject => ({ apiVersion: `${GROUP}/v1`, kind, metadata: { name: 'x', ...(kind.startsWith('ResourceClaim') ? { namespace: 'n' } : {}) }, spec, ...more });
const found = (kind: string, spec: object, labels?: Record<string, string>): string[] => kindRules(GROUP, kind)?.validate?.(object(kind, spec), context(labels)).map(({ field, detail }) => `${field}: ${detail}`) ?? [];
const exactly = (more: object = {}): object => ({ deviceClassName: 'c.example.com', allocationMode: 'ExactCount', count: 1, ...more });
const devices = (requests: object[], more: object = {}): object => ({ devices: { requests, ...more } });
const slice = (more: object): object => ({ driver: 'd.example.com', nodeName: 'n', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, ...more });

test('a request names its devices in one way', () => {
  assert.deepEqual(found('ResourceClaim', devices([{ name: 'r', exactly: exactly() }])), []);
  assert.deepEqual(found('ResourceClaim', devices([{ name: 'r' }])), ['spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required']);
  assert.deepEqual(found('ResourceClaim', devices([{ name: 'r', exactly: exactly(), firstAvailable: [{ name: 'a', ...exactly({ deviceClassName: '' }) }] }])), [
    'spec.devices.requests[0].firstAvailable[0].deviceClassName: Required value',
    'spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
  ]);
});

test('a request twice is shown as clients see it', () => {
  const request = { name: 'r', exactly: exactly() };
  assert.deepEqual(found('ResourceClaim', devices([request, request])), ['spec.devices.requests[1]: Duplicate value: {"name":"r","exactly":{"deviceClassName":"c.example.com","allocationMode":"ExactCount","count":1}}']);
});

test('constraints name requests that there are, and attributes with their domain', () => {
  assert.deepEqual(found('ResourceClaim', devices([{ name: 'r', exactly: exactly() }], { constraints: [{ requests: ['r', 'other'], matchAttribute: 'default' }] })), [
    "spec.devices.constraints[0].requests[1]: Invalid value: \"other\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
    'spec.devices.constraints[0].matchAttribute: Invalid value: "default": a fully qualified name must be a domain and a name separated by a slash',
  ]);
});

test('devices of others are for namespaces marked so', () => {
  const claim = devices([{ name: 'r', exactly: exactly({ adminAccess: true }) }]);
  assert.equal(found('ResourceClaim', claim).length, 1);
  assert.deepEqual(found('ResourceClaim', claim, { 'resource.kubernetes.io/admin-access': 'true' }), []);
});

test('what a claim asks for stays', () => {
  const rules = kindRules(GROUP, 'ResourceClaim');
  const [old, now] = [object('ResourceClaim', devices([{ name: 'r', exactly: exactly() }])), object('ResourceClaim', devices([{ name: '' }]))];
  assert.deepEqual(rules?.validateUpdate?.(now, old, context()).map(({ field, detail }) => `${field}: ${detail}`), ['spec: Invalid value: null: field is immutable']);
});

test('a slice says in one way where its devices are', () => {
  assert.deepEqual(found('ResourceSlice', slice({ devices: [{ name: 'd' }] })), []);
  assert.deepEqual(found('ResourceSlice', slice({ allNodes: true })), ['spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set']);
  assert.deepEqual(found('ResourceSlice', slice({ nodeName: undefined, perDeviceNodeSelection: true, devices: [{ name: 'd' }] })), [
    'spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
  ]);
});

test('an attribute has one value', () => {
  assert.deepEqual(found('ResourceSlice', slice({ devices: [{ name: 'd', attributes: { a: {}, 'example.com/b': { int: 1, string: 's' } } }] })), [
    'spec.devices[0].attributes[a]: Invalid value: "": must specify one of: `int`, `bool`, `string`, `version`, `ints`, `bools`, `strings`, `versions`',
    'spec.devices[0].attributes[example.com/b]: Invalid value: "{int, string}": must specify exactly one of: `int`, `bool`, `string`, `version`, `ints`, `bools`, `strings`, `versions`',
  ]);
});

test('a request may take capacity in steps that fit', () => {
  const taken = (validRange: object, preset = '2'): string[] => found('ResourceSlice', slice({ devices: [{ name: 'd', allowMultipleAllocations: true, capacity: { memory: { value: '10', requestPolicy: { default: preset, validRange } } } }] }));
  const at = 'spec.devices[0].capacity[memory].requestPolicy.validRange';
  assert.deepEqual(taken({ min: '2', max: '10', step: '2' }), []);
  assert.deepEqual(taken({ min: '2', step: '3' }, '6'), [`${at}.step: Invalid value: "6": value is not a multiple of a given step (3) from (2)`]);
  assert.deepEqual(taken({ min: '11' }), [`${at}.min: Invalid value: "11": min is larger than capacity value: 10`, `${at}.default: Invalid value: "2": default is less than min: 11`]);
});

test('what is no longer allocated has no status', () => {
  const device = { driver: 'd.example.com', pool: 'p', device: 'one' };
  const status = { allocation: { devices: { results: [{ request: 'r', ...device }] } }, devices: [device] };
  const old = object('ResourceClaim', {}, { status });
  const now = object('ResourceClaim', {}, { status: { devices: [device] } });
  kindRules(GROUP, 'ResourceClaim')?.prepareForStatusUpdate?.(now, old, context());
  assert.deepEqual(now['status'], {});
});
