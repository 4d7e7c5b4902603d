import type { Body, Step } from '../scenario.ts';
import { APPLY, DRY, JSON_PATCH, MERGE, PARTIAL, STRATEGIC, TABLE, cleared, get, given, patch, post, type Subject } from './common.ts';

export function patchSteps(subject: Subject): Step[] {
  const { collection, path, valid } = subject;
  return [given(collection, valid()), ...jsonPatches(path), ...mergePatches(path, MERGE), ...mergePatches(path, STRATEGIC), ...strategicPatches(path), ...typeless(subject), get(path), cleared(path)];
}

function jsonPatches(path: string): Step[] {
  const dry = `${path}${DRY}`;
  const bodies: Body[] = [
    [{ op: 'add', path: '/metadata/labels/x', value: 1 }], [{ op: 'test', path: '/metadata/labels/j', value: 'no' }], [{ op: 'test', path: '/metadata/labels/j', value: '1' }], [{ op: 'remove', path: '/metadata/labels/none' }],
    [{ op: 'replace', path: '/metadata/labels/none', value: 'x' }], [{ op: 'wrong', path: '/a' }], [{ op: 'add', path: 'a', value: 1 }], [{ op: 'add', path: '/a/b/c', value: 1 }], [{ op: 'add', path: '/unknown', value: 1 }], {}, 'x', null, [], [{}], [{ op: 'add' }], [1],
    [{ op: 'copy', from: '/metadata/labels/j', path: '/metadata/labels/k' }], [{ op: 'move', from: '/metadata/labels/j', path: '/metadata/labels/k' }], [{ op: 'copy', from: '/none', path: '/a' }], [{ op: 'move', from: '/none', path: '/a' }], [{ op: 'copy', path: '/a' }],
    [{ op: 'replace', path: '/metadata/name', value: 'other' }], [{ op: 'replace', path: '/metadata/resourceVersion', value: '1' }], [{ op: 'replace', path: '/kind', value: 'Other' }], [{ op: 'replace', path: '', value: {} }], [{ op: 'replace', path: '', value: [] }], [{ op: 'remove', path: '' }], [{ op: 'remove', path: '/metadata' }], [{ op: 'replace', path: '/metadata', value: 'x' }],
    [{ op: 'replace', path: '/spec', value: 'x' }], [{ op: 'add', path: '/metadata/finalizers', value: ['example.com/a'] }, { op: 'add', path: '/metadata/finalizers/-', value: 'example.com/b' }, { op: 'remove', path: '/metadata/finalizers/5' }], [{ op: 'add', path: '/metadata/finalizers', value: ['example.com/a'] }, { op: 'add', path: '/metadata/finalizers/7', value: 'example.com/b' }],
    [{ op: 'add', path: '/metadata/labels/~0~1', value: 'x' }], [{ op: 'add', path: '/metadata/finalizers', value: ['example.com/a'] }, { op: 'add', path: '/metadata/finalizers/x', value: 'y' }], [{ op: 'test', path: '/none', value: null }], [{ op: 'test', path: '/metadata/labels', value: {} }],
    Array.from({ length: 10001 }, () => ({ op: 'test', path: '/kind', value: 'x' })),
  ];
  return [patch(path, JSON_PATCH, [{ op: 'add', path: '/metadata/labels/j', value: '1' }]), ...bodies.map((body) => patch(dry, JSON_PATCH, body)), patch(dry, JSON_PATCH, undefined, { raw: '[{"op"' })];
}

function mergePatches(path: string, type: string): Step[] {
  const dry = `${path}${DRY}`;
  const bodies: Body[] = [
    {}, null, [], 'x', 5, { metadata: { labels: { none: null } } }, { metadata: { labels: null } }, { metadata: { labels: 'x' } }, { metadata: { labels: { x: 1 } } }, { metadata: 'x' }, { metadata: null }, { metadata: { name: 'other' } }, { metadata: { namespace: 'other' } }, { metadata: { uid: 'other' } },
    { metadata: { resourceVersion: '1' } }, { metadata: { resourceVersion: null } }, { metadata: { resourceVersion: 'x' } }, { metadata: { creationTimestamp: null } }, { metadata: { finalizers: ['bad'] } }, { metadata: { finalizers: ['example.com/f'] } }, { metadata: { annotations: { a: null, b: '1' } } }, { metadata: { managedFields: [] } }, { metadata: { managedFields: [{}] } }, { metadata: { managedFields: null } },
    { kind: 'Other' }, { apiVersion: 'example.com/v1' }, { kind: null }, { unknown: 1 }, { spec: 'x' }, { spec: [] }, { spec: null }, { status: null }, { status: 'x' }, { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' }] } }, { metadata: { ownerReferences: [{ name: 'c' }] } }, { metadata: { unknown: { a: 1 } } },
  ];
  return [
    patch(path, type, { metadata: { labels: { m: '1' }, annotations: { m: '1' } } }), ...bodies.map((body) => patch(dry, type, body)), patch(dry, type, undefined, { raw: '{' }), patch(dry, type, undefined, { raw: '' }), patch(dry, type, undefined, { raw: 'a: b' }), patch(dry, type, undefined, { raw: '{"metadata":{"labels":{"x":"1","x":"2"}}}' }),
    ...['Strict', 'Warn', 'Ignore', 'Wrong'].flatMap((validation) => [patch(`${dry}&fieldValidation=${validation}`, type, { unknown: 1, metadata: { extra: 'x' } }), patch(`${dry}&fieldValidation=${validation}`, type, undefined, { raw: '{"metadata":{"labels":{"x":"1","x":"2"}}}' })]),
    patch(`${dry}&force=true`, type, {}), patch(`${dry}&fieldManager=me`, type, { metadata: { labels: { x: 'y' } } }), patch(dry, type, {}, { accept: TABLE }), patch(dry, type, {}, { accept: PARTIAL }), patch(`${path}?dryRun=x`, type, {}),
  ];
}

function strategicPatches(path: string): Step[] {
  const dry = `${path}${DRY}`;
  const bodies: Body[] = [
    { $patch: 'replace' }, { $patch: 'delete' }, { $patch: 'wrong' }, { metadata: { $patch: 'replace', labels: { a: 'b' } } }, { metadata: { labels: { $patch: 'replace', z: 'z' } } }, { metadata: { labels: { $patch: 'delete' } } }, { metadata: { labels: { $patch: 5 } } },
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['x'] } }, { metadata: { '$deleteFromPrimitiveList/finalizers': 'x' } }, { metadata: { '$setElementOrder/finalizers': ['b', 'a'], finalizers: ['example.com/a', 'example.com/b'] } }, { metadata: { '$setElementOrder/finalizers': ['example.com/c'], finalizers: ['example.com/a'] } },
    { metadata: { $retainKeys: ['name'] } }, { metadata: { $retainKeys: 'x' } }, { metadata: { ownerReferences: [{ $patch: 'delete', uid: 'u' }] } }, { metadata: { ownerReferences: [{ $patch: 'replace' }, { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' }] } }, { metadata: { ownerReferences: [{ $patch: 'merge', apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' }] } },
  ];
  return bodies.map((body) => patch(dry, STRATEGIC, body));
}

function typeless({ path, collection }: Subject): Step[] {
  const dry = `${path}${DRY}`;
  return [
    patch(dry, 'application/json', {}), patch(dry, 'text/plain', {}), patch(dry, '', {}), patch(dry, 'application/merge-patch+json; charset=utf-8', {}), patch(dry, 'application/merge-patch+yaml', {}),
    ...[JSON_PATCH, MERGE, STRATEGIC].flatMap((type) => [patch(`${collection}/missing${DRY}`, type, type === JSON_PATCH ? [] : {}), patch(`${collection}/missing${DRY}`, type, undefined, { raw: '{' })]),
  ];
}

export function applySteps({ collection, path, apiVersion, resource, valid, namespace }: Subject): Step[] {
  const dry = `${path}${DRY}`;
  const me = `${path}?fieldManager=me`;
  const name = valid().metadata?.name as string;
  const only = (metadata: Record<string, unknown>, rest: Record<string, unknown> = {}): object => ({ apiVersion, kind: resource.kind, metadata: { name, ...metadata }, ...rest });
  return [
    patch(`${me}&dryRun=All`, APPLY, valid()), patch(me, APPLY, valid()), patch(me, APPLY, valid()), get(path), patch(me, APPLY, only({ labels: { parity: 'yes', a: '1' } })), patch(me, APPLY, valid()),
    patch(`${path}?fieldManager=you`, APPLY, only({ labels: { parity: 'no' } })), patch(`${path}?fieldManager=you`, APPLY, only({ labels: { parity: 'yes', b: '2' } })), patch(`${path}?fieldManager=you&force=true`, APPLY, only({ labels: { parity: 'yours', b: '2' } })), patch(me, APPLY, valid()), patch(`${path}?fieldManager=you`, APPLY, only({})), get(path),
    patch(path, APPLY, valid()), patch(`${dry}&fieldManager=me&force=x`, APPLY, valid()), patch(`${dry}&fieldManager=${'x'.repeat(129)}`, APPLY, valid()), patch(`${dry}&fieldManager=`, APPLY, valid()),
    ...[
      only({ name: 'other' }), only({ name: undefined }), only({ namespace: 'elsewhere' }), only({ namespace }), only({ uid: 'other' }), only({ resourceVersion: '1' }), only({ managedFields: [] }), only({ managedFields: [{ manager: 'x' }] }), only({ finalizers: ['bad'] }), only({ finalizers: ['example.com/a', 'example.com/a'] }), only({ labels: { x: 1 } }), only({ labels: { x: null } }), only({ labels: null }), only({ labels: [] }), only({ unknown: 1 }), only({ creationTimestamp: null }), only({ generateName: 'gen-' }),
      only({}, { unknown: 1 }), only({}, { spec: 'x' }), only({}, { spec: null }), only({}, { spec: [] }), only({}, { status: {} }), only({}, { kind: 'Other' }), only({}, { kind: undefined }), only({}, { apiVersion: 'example.com/v1' }), only({}, { apiVersion: undefined }), {}, null, [], 'x', only({ ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' }, { apiVersion: 'v1', kind: 'ConfigMap', name: 'd', uid: 'u' }] }), only({ ownerReferences: [{ name: 'c' }] }),
    ].map((body) => patch(`${dry}&fieldManager=third&force=true`, APPLY, body)),
    patch(`${dry}&fieldManager=third`, APPLY, undefined, { raw: 'a: [' }), patch(`${dry}&fieldManager=third`, APPLY, undefined, { raw: '' }), patch(`${dry}&fieldManager=third`, APPLY, undefined, { raw: `${JSON.stringify(only({}))}\n---\n{}` }), patch(`${dry}&fieldManager=third`, APPLY, undefined, { raw: `apiVersion: ${apiVersion}\nkind: ${resource.kind}\nmetadata:\n  name: ${name}\n  name: ${name}\n` }),
    ...['Strict', 'Warn', 'Ignore'].map((validation) => patch(`${dry}&fieldManager=third&force=true&fieldValidation=${validation}`, APPLY, only({ unknown: 1 }, { extra: 1 }))),
    patch(`${collection}/new${DRY}&fieldManager=me`, APPLY, only({ name: 'new' })), patch(`${dry}&fieldManager=me`, APPLY, valid(), { accept: TABLE }), cleared(path), post(collection, valid(), { quiet: true }), patch(`${path}?fieldManager=me`, APPLY, only({ labels: { parity: 'mine' } })), cleared(path),
  ];
}
