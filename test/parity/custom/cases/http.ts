/** What is asked beside the resources' own verbs: methods, media types, parameters of lists and watches that mean nothing. */
import type { CustomCase, CustomStep } from '../case.ts';

const ask = (method: string, path: string, headers?: Record<string, string>): CustomStep => ({ verb: 'http', method, path, ...(headers ? { headers } : {}) });
const accepting = (path: string, ...types: string[]): CustomStep[] => types.map((accept) => ask('GET', path, { accept }));
const sending = (method: string, path: string, type: string, raw: string): CustomStep => ({ verb: 'http', method, path, type, raw });

const METHODS = ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE'];
const TYPES = ['text/html', 'application/yaml', 'application/cbor', 'application/vnd.kubernetes.protobuf', 'application/json;as=Table;v=v1;g=meta.k8s.io', 'application/*', '*/*;q=0.1', 'application/json;q=0', 'application/xml, application/json;q=0.5', ''];
const MAPS = '/api/v1/namespaces/default/configmaps';
const TABLE = 'as=Table;v=v1;g=meta.k8s.io';
const PARTIAL = 'as=PartialObjectMetadata;v=v1;g=meta.k8s.io';

const listed = (query: string): CustomStep => ask('GET', `${MAPS}?${query}`);
const watched = (query: string, accept = 'application/json'): CustomStep => ask('GET', `${MAPS}?watch=1&timeoutSeconds=1&${query}`, { accept });
const removed = (query: string, body?: unknown): CustomStep => ({ verb: 'delete', method: 'DELETE', path: `${MAPS}/none?${query}`, ...(body === undefined ? {} : { body }) });
const map = (name: string): unknown => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } });
const made = (query: string, name = 'http'): CustomStep => ({ verb: 'create', method: 'POST', path: `${MAPS}?dryRun=All&${query}`, body: map(name) });

export const cases: CustomCase[] = [
  { name: 'methods of documents', steps: ['/version', '/api', '/api/v1', '/apis/apps', '/apis/apps/v1', '/apis/nope', '/apis/nope/v1', '/healthz', '/livez', '/readyz', '/livez/ping', '/nope', '/.well-known/openid-configuration', '/openid/v1/jwks'].flatMap((path) => METHODS.map((method) => ask(method, path))) },
  { name: 'media types of documents', steps: ['/version', '/api', '/apis', '/apis/apps', '/api/v1', '/healthz', '/nope', '/.well-known/openid-configuration', '/openid/v1/jwks'].flatMap((path) => accepting(path, ...TYPES)).filter(({ path, headers }) => path !== '/apis' || /html|cbor/.test(headers?.['accept'] ?? '')) },
  { name: 'media types of OpenAPI', steps: accepting('/openapi/v2', 'text/html', 'application/cbor') },
  {
    name: 'media types of objects', steps: [
      { verb: 'create', method: 'POST', path: MAPS, body: map('http'), quiet: true },
      ...[`${MAPS}/http`, `${MAPS}/none`, MAPS, `${MAPS}?watch=1&timeoutSeconds=1&labelSelector=none`, '/apis/apps/v1/nope'].flatMap((path) => accepting(path, ...TYPES)),
      ...accepting(`${MAPS}/http`, `application/yaml;${TABLE}`, `application/vnd.kubernetes.protobuf;${TABLE}`, `application/yaml;${PARTIAL}`, `application/vnd.kubernetes.protobuf;${PARTIAL}`, `application/cbor;${TABLE}`, 'application/json;as=Table;v=v2;g=meta.k8s.io', 'application/json;as=Table;g=meta.k8s.io', 'application/json;as=Table', `application/json;${TABLE},application/json;q=0.1`, 'application/json;stream=watch', 'application/json;profile=x', 'APPLICATION/JSON', 'application/json; charset=utf-8', 'application/json;as="Table";v="v1";g="meta.k8s.io"'),
      ...['application/cbor', 'application/cbor-seq', 'text/plain', 'application/json; charset=utf-8', 'application/json;', 'json', 'application/vnd.kubernetes.protobuf', 'application/yaml', 'application/apply-patch+yaml', 'application/merge-patch+json'].flatMap((type) => [sending('POST', `${MAPS}?dryRun=All`, type, JSON.stringify(map('two'))), sending('PUT', `${MAPS}/http?dryRun=All`, type, JSON.stringify(map('http')))]),
      ...['application/cbor', 'application/apply-patch+cbor', 'application/json', 'text/plain', 'application/merge-patch+json; charset=utf-8', 'application/merge-patch+json;x=y', 'application/json-patch+json', 'application/strategic-merge-patch+json', 'APPLICATION/MERGE-PATCH+JSON'].map((type) => sending('PATCH', `${MAPS}/http?dryRun=All&fieldManager=m`, type, '{"data":{"c":"d"}}')),
      { verb: 'delete', method: 'DELETE', path: `${MAPS}/http`, quiet: true },
    ],
  },
  {
    name: 'parameters of lists and watches', steps: [
      ...['labelSelector=none&limit=99999999999999999999', 'labelSelector=none&limit=%20', 'labelSelector=none&limit=1e3', 'labelSelector=none&limit=0x10', 'labelSelector=none&limit=+1', 'labelSelector=none&timeoutSeconds=1.5', 'labelSelector=none&watch=maybe', 'labelSelector=none&watch=false', 'labelSelector=none&watch=0', 'labelSelector=none&continue=', 'labelSelector=none&continue=%00', 'labelSelector=none&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIuLi9hIn0', 'labelSelector=none&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjIiLCJydiI6MSwic3RhcnQiOiJhIn0', 'labelSelector=none&continue=e30', 'labelSelector=none&resourceVersion=01', 'labelSelector=none&resourceVersion=18446744073709551616', 'labelSelector=none&resourceVersion=%20', 'labelSelector=none&resourceVersionMatch=exact&resourceVersion=1', 'labelSelector=none&resourceVersionMatch=Exact&resourceVersion=x', 'labelSelector=none&sendInitialEvents=false', 'labelSelector=none&allowWatchBookmarks=true', 'fieldSelector=metadata.name%3Dnone&labelSelector=none', 'fieldSelector=,', 'fieldSelector=metadata.name', 'fieldSelector=metadata.name%3Da%2Cmetadata.namespace%3Dx', 'fieldSelector=Metadata.Name%3Da', 'fieldSelector=metadata.name%3D%22a', 'fieldSelector=metadata.uid%3Da', 'labelSelector=a%3D%3D%3Db', 'labelSelector=a%20in%20b', 'labelSelector=a%20IN%20(b)', 'labelSelector=!', 'labelSelector=%00', 'labelSelector=a%3E-1', `labelSelector=${'a'.repeat(64)}`, `labelSelector=a%3D${'b'.repeat(64)}`, 'labelSelector=a,,b', 'labelSelector=none&pretty=x', 'labelSelector=none&unknown=1', 'labelSelector=none&labelSelector=other', 'labelSelector=none&timeout=1h', 'labelSelector=none&timeout=x', 'labelSelector=none&timeout=-1s', 'labelSelector=none&shardSelector=x'].map(listed),
      ...['labelSelector=none', 'labelSelector=none&resourceVersion=0', 'labelSelector=none&resourceVersion=1', 'labelSelector=none&sendInitialEvents=false', 'labelSelector=none&sendInitialEvents=true', 'labelSelector=none&sendInitialEvents=true&resourceVersionMatch=NotOlderThan', 'labelSelector=none&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1', 'labelSelector=none&sendInitialEvents=false&resourceVersionMatch=NotOlderThan', 'labelSelector=none&allowWatchBookmarks=1', 'labelSelector=none&allowWatchBookmarks=1&resourceVersion=0', 'labelSelector=none&allowWatchBookmarks=false', 'labelSelector=none&resourceVersionMatch=Exact', 'labelSelector=none&resourceVersion=99999999', 'labelSelector=none&limit=x', 'labelSelector=none&timeoutSeconds=x', 'labelSelector=none&continue=x&resourceVersion=1', 'fieldSelector=metadata.name%3Dnone', 'fieldSelector=x%3Dy', 'labelSelector=a%20b'].map((query) => watched(query)),
      ...[`application/json;${TABLE}`, `application/json;${PARTIAL}`, 'application/yaml', 'application/vnd.kubernetes.protobuf', `application/json;stream=watch;${TABLE}`].map((accept) => watched('labelSelector=none&allowWatchBookmarks=1', accept)),
    ],
  },
  {
    name: 'parameters of writes', steps: [
      ...['dryRun=all', 'dryRun=All&dryRun=All', 'dryRun=', 'fieldManager=', 'fieldManager=%0A', `fieldManager=${'m'.repeat(129)}`, `fieldManager=${encodeURIComponent('é'.repeat(100))}`, 'fieldValidation=strict', 'fieldValidation=', 'force=true', 'pretty=true', 'pretty=0', 'timeout=x', 'timeout=1m', 'propagationPolicy=Wrong', 'unknown=1'].map((query) => made(query)),
      ...['propagationPolicy=Wrong', 'propagationPolicy=Orphan&orphanDependents=true', 'orphanDependents=x', 'gracePeriodSeconds=x', 'gracePeriodSeconds=-5', 'gracePeriodSeconds=1.5', 'dryRun=x', 'preconditions=x', 'ignoreStoreReadErrorWithClusterBreakingPotential=true', 'ignoreStoreReadErrorWithClusterBreakingPotential=x'].map((query) => removed(query)),
      ...[{ propagationPolicy: 'Wrong' }, { propagationPolicy: 'Orphan', orphanDependents: false }, { orphanDependents: 'x' }, { gracePeriodSeconds: 'x' }, { gracePeriodSeconds: -1 }, { preconditions: { uid: 1 } }, { preconditions: 'x' }, { dryRun: 'All' }, { dryRun: ['x'] }, { kind: 'DeleteOptions', apiVersion: 'nope/v9' }, { kind: 'ConfigMap', apiVersion: 'v1' }, { kind: 'Nope', apiVersion: 'v1' }, { unknown: 1 }, [], 'x', null, { ignoreStoreReadErrorWithClusterBreakingPotential: true }, { ignoreStoreReadErrorWithClusterBreakingPotential: true, dryRun: ['All'] }].map((body) => removed('', body)),
    ],
  },
];
