import type { Last, Step } from '../scenario.ts';
import { DRY, PARTIAL, TABLE, cleared, get, given, labelled, put, withMetadata, type Subject } from './common.ts';

export function updateSteps({ collection, path, apiVersion, valid }: Subject): Step[] {
  const dry = `${path}${DRY}`;
  const meta = (change: Record<string, unknown>): Step['body'] => (last: Last) => withMetadata(last, change);
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' };
  return [
    given(collection, valid()),
    put(path, (last) => last), put(path, (last) => labelled(last, { a: 'b' })), put(`${path}?fieldManager=other`, (last) => labelled(last, { a: 'c', d: 'e' })), get(path),
    put(path, (last) => withMetadata(labelled(last, { a: 'd' }), { resourceVersion: undefined })), put(path, (last) => withMetadata(last, { resourceVersion: '1' })), put(path, meta({ resourceVersion: 'x' })), put(path, meta({ resourceVersion: '0' })),
    put(dry, meta({ name: 'other' })), put(dry, meta({ name: undefined })), put(dry, meta({ namespace: 'elsewhere' })), put(dry, meta({ namespace: undefined })), put(dry, meta({ uid: 'other' })), put(dry, meta({ uid: undefined })),
    put(dry, meta({ creationTimestamp: '2001-01-01T00:00:00Z' })), put(dry, meta({ creationTimestamp: null })), put(dry, meta({ deletionTimestamp: '2001-01-01T00:00:00Z' })), put(dry, meta({ deletionGracePeriodSeconds: 3 })), put(dry, meta({ generation: 99 })), put(dry, meta({ generateName: 'gen-' })), put(dry, meta({ selfLink: '/x' })),
    put(dry, meta({ labels: { 'a b': 'c' } })), put(dry, meta({ labels: undefined, annotations: { x: 'y' } })), put(dry, meta({ finalizers: ['example.com/x'] })), put(dry, meta({ finalizers: ['bad'] })),
    put(dry, meta({ ownerReferences: [owner] })), put(dry, meta({ ownerReferences: [{ ...owner, blockOwnerDeletion: true }, {}] })),
    put(dry, meta({ managedFields: [] })), put(dry, meta({ managedFields: [{}] })), put(dry, meta({ managedFields: undefined })), put(dry, meta({ managedFields: [{ manager: 'm', operation: 'Apply', apiVersion, fieldsType: 'FieldsV1', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a': {} } } } }] })),
    put(dry, meta({ managedFields: [{ manager: 'm', operation: 'Apply', apiVersion: 'wrong', fieldsType: 'X' }] })),
    put(`${collection}/missing${DRY}`, (last) => withMetadata(last, { name: 'missing' })), put(`${collection}/missing${DRY}`, (last) => withMetadata(last, { name: 'missing', resourceVersion: undefined, uid: undefined })),
    put(dry, (last) => ({ ...last, kind: 'Wrong' })), put(dry, (last) => ({ ...last, apiVersion: 'example.com/v2' })), put(dry, (last) => ({ ...last, kind: undefined, apiVersion: undefined })), put(dry, {}), put(dry, undefined, { raw: '{', type: 'application/json' }), put(dry, (last) => last, { type: 'text/plain' }),
    ...['Strict', 'Warn', 'Ignore'].map((validation) => put(`${dry}&fieldValidation=${validation}`, (last) => ({ ...last, unknown: 1, metadata: { ...last.metadata, extra: [] } }))),
    put(dry, (last) => last, { accept: TABLE }), put(dry, (last) => last, { accept: PARTIAL }), put(`${dry}&fieldManager=a%07b`, (last) => last), put(`${path}?dryRun=x`, (last) => last),
    put(dry, (last) => ({ ...last, spec: undefined })), put(dry, (last) => ({ ...last, spec: {} })), put(dry, (last) => ({ ...last, status: undefined })),
    get(path), cleared(path),
  ];
}
