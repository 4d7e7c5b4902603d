/** Requests that are made to hurt, with what upstream's server answers to each. */
import { gzipSync } from 'node:zlib';

export interface Attack { name: string; method: string; path: string; type?: string; headers?: Record<string, string>; bytes?: () => Buffer; code: number }

const MAPS = '/api/v1/namespaces/default/configmaps';
const SETS = '/apis/apps/v1/namespaces/default/replicasets';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const APPLY = 'application/apply-patch+yaml';

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const keys = (count: number): string => Array.from({ length: count }, (_, index) => `"k${index}":""`).join(',');
const named = (rest: string): Buffer => Buffer.from(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"hurt"},${rest}}`);

/** The bytes of a field of wire type 2. */
function field(number: number, content: Uint8Array): Buffer {
  const length: number[] = [];
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), content]);
}
const protobuf = (raw: Uint8Array, kind = 'ConfigMap'): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), field(1, Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from(kind))])), field(2, raw)]);

const replicaSet = (env: number): object => ({
  apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'hurt' },
  spec: {
    selector: { matchLabels: { app: 'hurt' } },
    template: { metadata: { labels: { app: 'hurt' } }, spec: { containers: [{ name: 'c', image: 'i', env: Array.from({ length: env }, (_, index) => ({ name: `E${index}`, value: 'v' })) }] } },
  },
});

export function definition(schema: object): Buffer {
  return json({
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'hurts.attack.io' },
    spec: {
      group: 'attack.io', scope: 'Namespaced', names: { plural: 'hurts', singular: 'hurt', kind: 'Hurt', listKind: 'HurtList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: schema } } } }],
    },
  });
}
const deep = (levels: number): Buffer => {
  const [head = '', tail = ''] = definition({ here: 1 }).toString().split('{"here":1}');
  return Buffer.from(`${head}${'{"type":"object","properties":{"a":'.repeat(levels)}{"type":"string"}${'}}'.repeat(levels)}${tail}`);
};

const policy = (expression: string): Buffer => json({
  apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name: 'hurt' },
  spec: { matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }] }, validations: [{ expression }] },
});

function aliases(levels: number): string {
  let text = 'apiVersion: v1\nkind: ConfigMap\na0: &a0 [x,x,x,x,x,x,x,x,x]\n';
  for (let level = 1; level < levels; level++) text += `a${level}: &a${level} [${Array(9).fill(`*a${level - 1}`).join(',')}]\n`;
  return text;
}

const DRY = '?dryRun=All';
export const ATTACKS: Attack[] = [
  { name: 'more keys than fit', method: 'POST', path: MAPS + DRY, bytes: () => named(`"data":{${keys(300_000)}}`), code: 413 },
  { name: 'a hundred thousand keys of data', method: 'POST', path: MAPS + DRY, bytes: () => named(`"data":{${keys(100_000)}}`), code: 201 },
  { name: 'as many unknown fields as fit', method: 'POST', path: MAPS + DRY, bytes: () => named(keys(230_000)), code: 201 },
  { name: 'as many unknown fields as fit, refused', method: 'POST', path: `${MAPS}${DRY}&fieldValidation=Strict`, bytes: () => named(keys(230_000)), code: 400 },
  { name: 'one key over and over', method: 'POST', path: `${MAPS}${DRY}&fieldValidation=Strict`, bytes: () => named(`"data":{${Array(300_000).fill('"k":""').join(',')}}`), code: 400 },
  { name: 'lists in lists, JSON', method: 'POST', path: MAPS, bytes: () => named(`"data":${'['.repeat(1_400_000)}`), code: 400 },
  { name: 'maps in maps, JSON', method: 'POST', path: MAPS, bytes: () => named(`"x":${'{"a":'.repeat(400_000)}1${'}'.repeat(400_000)}`), code: 400 },
  { name: 'lists in lists, YAML', method: 'POST', path: MAPS, type: 'application/yaml', bytes: () => Buffer.from(`a: ${'['.repeat(1_000_000)}`), code: 400 },
  { name: 'aliases of aliases', method: 'POST', path: MAPS, type: 'application/yaml', bytes: () => Buffer.from(aliases(12)), code: 400 },
  { name: 'gzip of a hundred megabytes', method: 'POST', path: MAPS, headers: { 'content-encoding': 'gzip' }, bytes: () => gzipSync(Buffer.alloc(100 * 1024 * 1024)), code: 413 },
  { name: 'groups in groups', method: 'POST', path: MAPS, type: PROTOBUF, bytes: () => protobuf(Buffer.alloc(1_000_000, 0x0b)), code: 400 },
  { name: 'a length beyond the end', method: 'POST', path: MAPS, type: PROTOBUF, bytes: () => protobuf(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1])), code: 400 },
  { name: 'a length beyond 64 bits', method: 'POST', path: MAPS, type: PROTOBUF, bytes: () => protobuf(Buffer.concat([Buffer.from([0x0a]), Buffer.alloc(100, 0xff)])), code: 400 },
  { name: 'no field 0', method: 'POST', path: MAPS, type: PROTOBUF, bytes: () => protobuf(Buffer.from([0x02, 0x01, 0x00])), code: 400 },
  { name: 'apply of many list items', method: 'PATCH', path: `${SETS}/hurt${DRY}&fieldManager=m`, type: APPLY, bytes: () => json(replicaSet(20_000)), code: 201 },
  { name: '10,001 operations', method: 'PATCH', path: `${MAPS}/have`, type: 'application/json-patch+json', bytes: () => json(Array(10_001).fill({ op: 'test', path: '/kind', value: 'ConfigMap' })), code: 413 },
  { name: 'a selector of nearly a megabyte', method: 'GET', path: `${MAPS}?labelSelector=a+in+(${Array.from({ length: 120_000 }, (_, index) => `v${index}`).join(',')})`, code: 200 },
  { name: 'many requirements', method: 'GET', path: `${MAPS}?labelSelector=${Array.from({ length: 100_000 }, (_, index) => `!k${index}`).join(',')}`, code: 200 },
  { name: 'brackets in a selector', method: 'GET', path: `${MAPS}?labelSelector=${'('.repeat(900_000)}`, code: 400 },
  { name: 'a pattern that backtracks', method: 'POST', path: DEFINITIONS + DRY, bytes: () => definition({ type: 'string', pattern: '^(a+)+$', default: `${'a'.repeat(100_000)}!` }), code: 422 },
  { name: 'a pattern that repeats repetitions', method: 'POST', path: DEFINITIONS + DRY, bytes: () => definition({ type: 'string', pattern: '((a{1000}){1000}){1000}' }), code: 422 },
  { name: 'a schema that refers', method: 'POST', path: DEFINITIONS + DRY, bytes: () => definition({ $ref: '#/definitions/x' }), code: 422 },
  { name: 'a deep schema', method: 'POST', path: DEFINITIONS + DRY, bytes: () => deep(300), code: 201 },
  { name: 'a schema too deep', method: 'POST', path: DEFINITIONS + DRY, bytes: () => deep(30_000), code: 400 },
  { name: 'an enum of many', method: 'POST', path: DEFINITIONS + DRY, bytes: () => definition({ type: 'string', enum: Array.from({ length: 150_000 }, (_, index) => `v${index}`) }), code: 201 },
  { name: 'a large default', method: 'POST', path: DEFINITIONS + DRY, bytes: () => definition({ type: 'array', items: { type: 'integer' }, default: Array(500_000).fill(1) }), code: 201 },
  { name: 'rules too dear', method: 'POST', path: DEFINITIONS + DRY, bytes: () => definition({ type: 'array', items: { type: 'array', items: { type: 'string' } }, 'x-kubernetes-validations': [{ rule: 'self.all(a, self.all(b, a.all(x, b.all(y, x.contains(y)))))' }] }), code: 422 },
  { name: 'an expression in many brackets', method: 'POST', path: POLICIES + DRY, bytes: () => policy(`${'('.repeat(40_000)}1${')'.repeat(40_000)} == 1`), code: 422 },
  { name: 'a long sum', method: 'POST', path: POLICIES + DRY, bytes: () => policy(`${'1+'.repeat(40_000)}1 == 1`), code: 422 },
  { name: 'a long list', method: 'POST', path: POLICIES + DRY, bytes: () => policy(`[${Array(40_000).fill('1').join(',')}].size() == 1`), code: 201 },
  { name: 'a pattern in an expression', method: 'POST', path: POLICIES + DRY, bytes: () => policy("'a'.matches('((a{1000}){1000}){1000}')"), code: 422 },
];
