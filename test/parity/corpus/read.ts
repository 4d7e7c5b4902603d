import type { Step } from '../scenario.ts';
import { PARTIAL, PARTIAL_LIST, TABLE, cleared, get, given, list, type Subject } from './common.ts';

const OWN = 'labelSelector=parity%3Dyes';
const TABLE_BETA = 'application/json;as=Table;v=v1beta1;g=meta.k8s.io';

export function readSteps({ collection, path, resource, valid }: Subject): Step[] {
  const name = valid().metadata?.name;
  return [
    given(collection, valid()), given(collection, valid('three')),
    get(path), get(`${collection}/missing`), get(`${collection}/Bad_Name`), get(`${path}/`), get(`${path}/nothing`, undefined, { verb: 'subresource' }), get(`${path}?pretty=true`), get(`${path}?pretty=1`, 'application/yaml'),
    get(path, TABLE), get(path, TABLE_BETA), get(path, PARTIAL), get(path, PARTIAL_LIST), get(path, `${TABLE},application/json`), get(path, 'text/html'), get(path, 'text/html,*/*'), get(path, 'application/json;as=Wrong;v=v1;g=meta.k8s.io'),
    get(path, 'application/yaml'), get(path, 'application/vnd.kubernetes.protobuf'), get(`${path}?includeObject=None`, TABLE), get(`${path}?includeObject=Object`, TABLE), get(`${path}?includeObject=Wrong`, TABLE),
    get(`${path}?resourceVersion=0`), get(`${path}?resourceVersion=x`), get(`${path}?resourceVersion=-1`), get(`${path}?unknown=1`),
    ...listSteps(collection, String(name)), ...listSteps(collection, String(name)).filter((_, index) => index < 1).map((step) => ({ ...step, path: step.path.replace(/\/namespaces\/[^/]+/, '') })),
    ...watchSteps(collection, path, resource.resource),
    cleared(path), cleared(`${collection}/three`),
  ];
}

function listSteps(collection: string, name: string): Step[] {
  const own = `${collection}?${OWN}`;
  const queries = [
    'limit=1', 'limit=0', 'limit=-1', 'limit=x', 'limit=1.5', 'continue=x', 'continue=eyJ2Ijoi', 'limit=1&continue=x&resourceVersion=1',
    `fieldSelector=metadata.name%3D${name}`, `fieldSelector=metadata.name!%3D${name}`, 'fieldSelector=metadata.namespace%3Ddefault', 'fieldSelector=spec.unknown%3Dx', 'fieldSelector=metadata.name', 'fieldSelector=metadata.name%3D%3D%3D', 'fieldSelector=a%3Eb', 'fieldSelector=metadata.name%3Da,metadata.name%3Db',
    'fieldSelector=status.phase%3DRunning', 'fieldSelector=metadata.labels%3Dx', 'fieldSelector=metadata.name%3D%5C', 'fieldSelector=%3Dx',
    'resourceVersion=0', 'resourceVersion=x', 'resourceVersion=-1', 'resourceVersionMatch=Exact', 'resourceVersionMatch=NotOlderThan', 'resourceVersionMatch=Wrong&resourceVersion=1', 'resourceVersionMatch=Exact&resourceVersion=0', 'resourceVersionMatch=NotOlderThan&resourceVersion=0',
    'resourceVersionMatch=NotOlderThan&resourceVersion=1', 'sendInitialEvents=true', 'sendInitialEvents=x', 'timeoutSeconds=x', 'timeoutSeconds=-1', 'allowWatchBookmarks=x', 'pretty=true',
  ];
  const selectors = ['a b', 'a=b=c', 'a in (', 'a in (b,c)', 'a in ()', '!a', 'a', '=', 'a!=b,c', 'a>1', 'a>x', 'a notin (b)', 'A_b.c/d=e', 'a/b/c=d', ',', 'a=', 'parity=yes,', 'x in (a b)', '(a)', 'a=b!', 'a=-', 'a=x y'];
  return [
    list(own), ...queries.map((query) => list(`${own}&${query}`)), ...selectors.map((selector) => list(`${collection}?labelSelector=${encodeURIComponent(selector)}`)),
    list(own, TABLE), list(own, TABLE_BETA), list(own, PARTIAL_LIST), list(own, PARTIAL), list(own, `${TABLE},application/json`), list(own, 'application/yaml'), list(own, 'application/vnd.kubernetes.protobuf'), list(own, 'text/html'),
    list(`${own}&includeObject=None`, TABLE), list(`${own}&includeObject=Object`, TABLE), list(`${own}&includeObject=Wrong`, TABLE), list(`${own}&limit=1`, TABLE), list(`${own}&limit=1`, PARTIAL_LIST),
    list(`${collection}?${OWN}&${OWN}`), list(`${collection}/`), list(`${collection}?labelSelector=%zz`),
  ];
}

function watchSteps(collection: string, path: string, resource: string): Step[] {
  const watch = (query: string, accept?: string): Step => ({ verb: 'watch', method: 'GET', path: `${collection}?watch=1&${OWN}&${query}`, accept });
  const refused = [
    'resourceVersion=x', 'resourceVersion=-1', 'resourceVersionMatch=Exact&resourceVersion=1', 'resourceVersionMatch=NotOlderThan', 'sendInitialEvents=true', 'sendInitialEvents=true&resourceVersionMatch=Exact', 'sendInitialEvents=false&resourceVersion=1',
    'fieldSelector=spec.unknown%3Dx', 'fieldSelector=%3D%3D%3D', 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=x',
  ].map((query) => watch(query)).concat({ verb: 'watch', method: 'GET', path: `${collection}?watch=1&labelSelector=a%20b` });
  // Each of these takes a second.
  const patient = ['pods', 'configmaps'].includes(resource) ? [
    get(`${path}?resourceVersion=999999999`), list(`${collection}?resourceVersion=999999999&timeoutSeconds=1`), watch('continue=x&timeoutSeconds=1'), watch('allowWatchBookmarks=x&timeoutSeconds=1'),
    watch('timeoutSeconds=1'), watch('timeoutSeconds=1&resourceVersion=0'), watch('timeoutSeconds=1&resourceVersion=0', TABLE), watch('timeoutSeconds=1&resourceVersion=0', PARTIAL), watch('timeoutSeconds=1&resourceVersion=0', 'text/html'),
    watch('timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'), watch('timeoutSeconds=1&limit=1'), list(`${collection}?watch=x&timeoutSeconds=1&${OWN}`), { verb: 'watch', method: 'GET', path: `${path}?watch=1&timeoutSeconds=1` },
    { verb: 'watch', method: 'GET', path: `${collection.replace('/v1/', '/v1/watch/')}?timeoutSeconds=1&${OWN}` },
  ] : [];
  return [...refused, ...patient];
}
