import type { Step } from '../scenario.ts';
import { DRY, PARTIAL, TABLE, cleared, get, post, withMetadata, type Subject } from './common.ts';

const YAML = 'application/yaml';
const wide = (length: number): string => 'x'.repeat(length);

export function createSteps({ collection, path, resource, valid }: Subject): Step[] {
  const meta = (change: Record<string, unknown>): object => withMetadata(valid('two'), change);
  const base = valid();
  const text = (change: (json: string) => string): Partial<Step> => ({ raw: change(JSON.stringify(base)), type: 'application/json' });
  const stays = resource.verbs.includes('get');
  const dry = `${collection}${DRY}`;
  return [
    post(dry, base), post(collection, base), ...(stays ? [get(path), post(collection, base)] : []),
    ...metadataSteps(dry, meta),
    post(dry, { ...base, apiVersion: 'example.com/v1' }), post(dry, { ...base, kind: 'Wrong' }), post(dry, { ...base, kind: undefined }), post(dry, { ...base, apiVersion: undefined }),
    post(dry, undefined, { raw: '', type: 'application/json' }), post(dry, {}), post(dry, null), post(dry, []), post(dry, 'text'),
    post(dry, undefined, text((json) => json.slice(0, -5))), post(dry, undefined, { raw: `${JSON.stringify(base)} {}`, type: 'application/json' }),
    post(dry, { ...base, spec: 'x' }), post(dry, { ...base, spec: [] }), post(dry, { ...base, spec: null }), post(dry, { ...base, metadata: 'x' }), post(dry, { ...base, metadata: null }), post(dry, { ...base, status: 7 }),
    ...['Strict', 'Warn', 'Ignore', 'strict', ''].flatMap((validation) => [
      post(`${dry}&fieldValidation=${validation}`, { ...base, metadata: { ...valid('two').metadata, unknownOne: 1 }, unknownTwo: { a: 1 } }),
      post(`${dry}&fieldValidation=${validation}`, undefined, text((json) => `${json.slice(0, -1)},"kind":"${resource.kind}"}`)),
      post(`${dry}&fieldValidation=${validation}`, undefined, text((json) => json.replace('"kind"', '"KIND"'))),
    ]),
    post(`${collection}?dryRun=None`, base), post(`${collection}?dryRun=All&dryRun=All`, base), post(`${collection}?dryRun=`, base),
    post(`${dry}&fieldManager=${wide(129)}`, base), post(`${dry}&fieldManager=a%07b`, base), post(`${dry}&fieldManager=me`, base), post(`${dry}&pretty=true`, base),
    post(dry, base, { type: 'text/plain' }), post(dry, base, { type: 'application/x-www-form-urlencoded' }), post(dry, base, { type: 'application/json;charset=utf-8' }), post(dry, base, { type: '' }),
    post(dry, undefined, { raw: yaml(base), type: YAML }), post(dry, undefined, { raw: 'a: [', type: YAML }), post(dry, undefined, { raw: '', type: YAML }),
    post(dry, base, { accept: TABLE }), post(dry, base, { accept: PARTIAL }), post(dry, base, { accept: 'text/html' }), post(dry, base, { accept: 'application/yaml' }), post(dry, base, { accept: 'application/vnd.kubernetes.protobuf' }),
    post(`${path}${DRY}`, base, { verb: 'method' }), { verb: 'method', method: 'PUT', path: collection, body: base }, { verb: 'method', method: 'PATCH', path: collection, body: {}, type: 'application/merge-patch+json' },
    { verb: 'method', method: 'HEAD', path: collection }, { verb: 'method', method: 'OPTIONS', path: collection },
    ...(stays ? [cleared(path)] : []),
  ];
}

function metadataSteps(dry: string, meta: (change: Record<string, unknown>) => object): Step[] {
  const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', uid: 'u' };
  const changes: Record<string, unknown>[] = [
    { name: undefined }, { name: '' }, { name: 'Bad_Name' }, { name: 'a/b' }, { name: '..' }, { name: 'a%b' }, { name: wide(254) }, { name: wide(64) }, { name: 'a.b' }, { name: '1a' },
    { name: undefined, generateName: 'gen-' }, { name: undefined, generateName: 'Bad_' }, { name: 'both', generateName: 'gen-' }, { name: undefined, generateName: wide(300) },
    { resourceVersion: '5' }, { resourceVersion: 'x' }, { resourceVersion: '0' }, { uid: 'my-uid' }, { generation: 7 }, { selfLink: '/x' },
    { creationTimestamp: '2001-01-01T00:00:00Z' }, { creationTimestamp: 'yesterday' }, { creationTimestamp: 5 }, { deletionTimestamp: '2001-01-01T00:00:00Z' }, { deletionGracePeriodSeconds: 5 },
    { namespace: 'elsewhere' }, { namespace: '' }, { namespace: undefined },
    { labels: { a: 1 } }, { labels: { a: null } }, { labels: 'x' }, { labels: { 'a b': 'x', ok: 'x y', 'a/b/c': '1' } }, { labels: { ['k'.repeat(64)]: wide(64) } }, { labels: { '': 'x' } },
    { annotations: { 'A b': 'x' } }, { annotations: { 'a/b': true } }, { annotations: { big: wide(262145) } }, { annotations: { 'Upper/Case': 'x' } },
    { finalizers: ['foo'] }, { finalizers: ['example.com/f', 'example.com/f'] }, { finalizers: ['orphan', 'foregroundDeletion'] }, { finalizers: ['a b/c', ''] }, { finalizers: 'x' },
    { ownerReferences: [owner] }, { ownerReferences: [{ ...owner, controller: true }, { ...owner, name: 'd', uid: 'v', controller: true }] }, { ownerReferences: [{}] },
    { ownerReferences: [{ ...owner, apiVersion: 'v1', kind: 'Event' }] }, { ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] }, { ownerReferences: [owner, owner] },
    { managedFields: [{ manager: 'm', operation: 'Update', apiVersion: 'v1', time: '2001-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:parity': {} } } } }] },
    { managedFields: [{ manager: 'm', operation: 'Wrong', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} }] }, { managedFields: [{ fieldsType: 'V2' }] }, { managedFields: [{}] },
  ];
  return changes.map((change) => post(dry, meta(change)));
}

/** JSON's plain subset is enough: one key a line. */
function yaml(object: Record<string, unknown>): string {
  return Object.entries(object).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join('');
}
