import type { Last, Step } from '../scenario.ts';
import { APPLY, DRY, JSON_PATCH, MERGE, STRATEGIC, TABLE, cleared, get, given, labelled, patch, post, put, withMetadata, type Subject } from './common.ts';

export function subresourceSteps(subject: Subject): Step[] {
  const names = new Set(subject.resource.subresources?.map(({ name }) => name));
  const { collection, path, valid } = subject;
  const steps = [...(names.has('status') ? statusSteps(subject) : []), ...(names.has('scale') ? scaleSteps(path) : [])];
  return steps.length === 0 ? [] : [given(collection, valid()), ...steps.map((step) => ({ ...step, verb: step.path.includes('/scale') ? 'scale' : step.path.includes('/status') ? 'status' : step.verb })), cleared(path)];
}

function statusSteps({ path, apiVersion, resource, valid, collection }: Subject): Step[] {
  const status = `${path}/status`;
  const dry = `${status}${DRY}`;
  const condition = { type: 'Ready', status: 'True', reason: 'R', message: 'm', lastTransitionTime: '2020-01-01T00:00:00Z' };
  return [
    get(status), get(status, TABLE), get(`${collection}/missing/status`), put(status, (last: Last) => last), put(dry, (last: Last) => labelled(last, { s: '1' })), put(dry, (last: Last) => withMetadata(last, { finalizers: ['example.com/x'], ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' }], annotations: { a: 'b' } })), put(dry, (last: Last) => withMetadata(last, { resourceVersion: '1' })), put(dry, (last: Last) => withMetadata(last, { resourceVersion: undefined })), put(dry, (last: Last) => ({ ...last, spec: undefined })), put(dry, (last: Last) => ({ ...last, status: undefined })), put(dry, (last: Last) => ({ ...last, status: { unknown: 1 } })), put(dry, (last: Last) => ({ ...last, status: 'x' })),
    ...['conditions'].flatMap((field) => [[condition], [condition, condition], [{}], [{ ...condition, type: '' }], [{ ...condition, status: 'Maybe' }], 'x'].map((value) => patch(dry, MERGE, { status: { [field]: value } }))),
    ...['replicas', 'observedGeneration', 'readyReplicas', 'active', 'currentHealthy', 'desiredHealthy', 'phase', 'numberReady', 'currentReplicas'].flatMap((field) => [patch(dry, MERGE, { status: { [field]: 3 } }), patch(dry, MERGE, { status: { [field]: -1 } }), patch(dry, STRATEGIC, { status: { [field]: 'x' } })]),
    patch(status, MERGE, { metadata: { labels: { status: 'x' } }, status: { conditions: [condition] } }), patch(dry, JSON_PATCH, [{ op: 'remove', path: '/status' }]), patch(dry, STRATEGIC, { status: { conditions: [{ type: 'Ready', $patch: 'delete' }] } }), patch(dry, STRATEGIC, { status: { conditions: [{ ...condition, type: 'Other' }] } }),
    patch(`${status}?fieldManager=s`, APPLY, { apiVersion, kind: resource.kind, metadata: { name: valid().metadata?.name }, status: {} }), patch(`${dry}&fieldManager=s2`, APPLY, { apiVersion, kind: resource.kind, metadata: { name: valid().metadata?.name, labels: { q: 'w' } }, status: { conditions: [condition] } }), patch(`${dry}&fieldManager=s&force=true`, APPLY, { apiVersion, kind: resource.kind, metadata: { name: valid().metadata?.name }, status: { conditions: [condition, { ...condition, type: 'Two' }] } }),
    post(status, valid(), { verb: 'method' }), { verb: 'method', method: 'DELETE', path: status }, get(path),
  ];
}

function scaleSteps(path: string): Step[] {
  const scale = `${path}/scale`;
  const dry = `${scale}${DRY}`;
  const replicas = (value: unknown): Step['body'] => (last: Last) => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: last.metadata?.name, namespace: last.metadata?.namespace }, spec: { replicas: value } });
  return [
    get(scale), get(scale, TABLE), get(`${path}x/scale`), put(scale, replicas(3)), put(dry, replicas(-1)), put(dry, replicas('x')), put(dry, replicas(undefined)), put(dry, replicas(99999999999)), put(dry, { kind: 'Scale', apiVersion: 'autoscaling/v1' }), put(dry, { kind: 'Scale', apiVersion: 'autoscaling/v2' }), put(dry, {}),
    put(dry, { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: 'other' }, spec: { replicas: 1 } }), put(dry, (last: Last) => ({ kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: last.metadata?.name, resourceVersion: '1' }, spec: { replicas: 1 } })), put(dry, (last: Last) => ({ kind: 'Scale', apiVersion: 'autoscaling/v1', metadata: { name: last.metadata?.name, uid: 'wrong' }, spec: { replicas: 1 } })), put(dry, (last: Last) => last),
    patch(scale, MERGE, { spec: { replicas: 2 } }), patch(dry, MERGE, { spec: { replicas: -2 } }), patch(dry, MERGE, { metadata: { labels: { a: 'b' } } }), patch(dry, MERGE, { spec: { unknown: 1 } }), patch(`${dry}&fieldValidation=Strict`, MERGE, { spec: { unknown: 1 } }), patch(dry, STRATEGIC, { spec: { replicas: 4 } }), patch(dry, JSON_PATCH, [{ op: 'replace', path: '/spec/replicas', value: 5 }]), patch(dry, JSON_PATCH, [{ op: 'remove', path: '/spec/replicas' }]), patch(dry, MERGE, { status: { replicas: 9 } }),
    patch(`${scale}?fieldManager=scaler`, APPLY, { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'one' }, spec: { replicas: 7 } }), patch(`${scale}?fieldManager=scaler&force=true`, APPLY, { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'one' }, spec: { replicas: 8 } }), post(scale, {}, { verb: 'method' }), get(path),
  ];
}
