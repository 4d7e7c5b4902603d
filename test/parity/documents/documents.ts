import type { Answer, Side } from '../client.ts';

/** A document as both servers have it: what is asked, and under which name it is counted. */
export interface DocumentCall { kind: string; name: string; path: string; accept?: string }

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const BETA = AGGREGATED.replace('v=v2', 'v=v2beta1');
const V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
const V3_PROTOBUF = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const ROOTS = ['/api', '/apis'];
const DISCOVERY_FORMS: [string, string | undefined][] = [
  ['plain', undefined], ['aggregated', AGGREGATED], ['v2beta1', BETA], ['kubectl', `${AGGREGATED},${BETA},application/json`], ['no peers', `${AGGREGATED};profile=nopeer`],
  ['protobuf', PROTOBUF], ['yaml', 'application/yaml'], ['aggregated protobuf', AGGREGATED.replace('application/json', PROTOBUF)], ['unknown', 'text/html'],
];
const HEALTH = ['', '?verbose', '?verbose&exclude=etcd', '?exclude=etcd&exclude=nope', '?verbose&exclude=nope', '/etcd', '/ping', '/nope', '/poststarthook/rbac/bootstrap-roles', '/etcd?verbose', '/etcd?exclude=etcd'];
const OTHERS = ['/', '/version', '/version/', '/apis/', '/api/', '/flagz', '/statusz', '/configz', '/index.html', '/.well-known/openid-configuration', '/openid/v1/jwks', '/nope', '/openapi', '/swagger-2.0.0.json'];

/** What does not depend on what is served. */
function fixedCalls(): DocumentCall[] {
  return [
    ...ROOTS.flatMap((path) => DISCOVERY_FORMS.map(([name, accept]): DocumentCall => ({ kind: 'discovery', name: `${path} ${name}`, path, ...(accept ? { accept } : {}) }))),
    ...['/apis/nope', '/apis/nope/v1', '/apis/apps/v7', '/api/v2'].map((path): DocumentCall => ({ kind: 'discovery', name: path, path })),
    ...['/healthz', '/livez', '/readyz'].flatMap((path) => HEALTH.map((rest): DocumentCall => ({ kind: 'health', name: path + rest, path: path + rest }))),
    ...OTHERS.map((path): DocumentCall => ({ kind: 'other', name: path, path })),
    { kind: 'openapi', name: 'v2', path: '/openapi/v2' }, { kind: 'openapi', name: 'v2 protobuf', path: '/openapi/v2', accept: V2_PROTOBUF },
    { kind: 'openapi', name: 'v3', path: '/openapi/v3' }, { kind: 'openapi', name: 'v3 protobuf', path: '/openapi/v3/apis/policy/v1', accept: V3_PROTOBUF },
    { kind: 'openapi', name: 'v3 unknown', path: '/openapi/v3/apis/nope/v1' }, { kind: 'openapi', name: 'v3 other hash', path: '/openapi/v3/apis/policy/v1?hash=ABC' },
  ];
}

/** Every group, version and OpenAPI document that one of the servers has. */
export async function documentCalls(sides: Side[]): Promise<DocumentCall[]> {
  const paths = new Set<string>();
  const openApi = new Set<string>();
  for (const side of sides) {
    const { groups } = parsed(await side.send({ method: 'GET', path: '/apis' })) as { groups: { name: string; versions: { groupVersion: string }[] }[] };
    for (const { name, versions } of groups) for (const path of [name, ...versions.map(({ groupVersion }) => groupVersion)]) paths.add(`/apis/${path}`);
    const index = parsed(await side.send({ method: 'GET', path: '/openapi/v3' })) as { paths: Record<string, unknown> };
    for (const path in index.paths) openApi.add(path);
  }
  return [
    ...fixedCalls(), ...['/api/v1', ...paths].map((path): DocumentCall => ({ kind: 'discovery', name: path, path })),
    ...[...openApi].sort().map((path): DocumentCall => ({ kind: 'openapi', name: `v3 ${path}`, path: `/openapi/v3/${path}` })),
  ];
}

function parsed(answer: Answer): unknown {
  return JSON.parse(answer.bytes.toString());
}
