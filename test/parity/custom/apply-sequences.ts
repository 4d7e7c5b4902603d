/** Seeded sequences of writes by several managers over one object: applies, updates, patches, with and without force. apply-sequences.ts [--seed N] [--count N] */
import { parseArgs } from 'node:util';
import { sleep } from '../../../src/base/clock.ts';
import { acceptedReason } from '../accepted.ts';
import { startPair } from '../servers.ts';
import { apply, CRDS, definition, merge, objectOf, post, put, quiet, remove, type CustomCase, type CustomStep } from './case.ts';
import { runCase, show } from './run.ts';

type Json = Record<string, unknown>;

/** A small generator of numbers: the same seed, the same sequence. */
export class Dice {
  private state: number;
  constructor(seed: number) {
    this.state = (seed * 2654435761) >>> 0 || 1;
  }
  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    this.state >>>= 0;
    return this.state % limit;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
  /** Each with the given chance. */
  some<T>(list: readonly T[], percent = 50): T[] {
    return list.filter(() => this.chance(percent));
  }
}

const MANAGERS = ['alice', 'bob', 'carol'];
const text = { type: 'string' };
const SCHEMA = objectOf({
  spec: objectOf({
    a: text, b: { type: 'integer' }, d: { type: 'string', default: 'def' }, atomic: objectOf({ x: text, y: text }, { 'x-kubernetes-map-type': 'atomic' }), free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, map: { type: 'object', additionalProperties: text }, lists: { type: 'object', additionalProperties: { type: 'array', items: text } },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text }, plain: { type: 'array', items: objectOf({ x: text }) }, numbers: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'integer' } }, ports: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['port', 'protocol'], items: objectOf({ port: { type: 'integer' }, protocol: { type: 'string', default: 'TCP' }, name: text, tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: text } }, { required: ['port'] }) },
    nested: objectOf({ items: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: objectOf({ k: text, v: text, inner: { type: 'object', additionalProperties: text } }, { required: ['k'] }) } }), nul: { type: 'string', nullable: true },
  }), status: objectOf({ phase: text, conditions: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'], items: objectOf({ type: text, status: text }, { required: ['type'] }) } }),
});

export interface Kind {
  name: string;
  apiVersion: string;
  kind: string;
  path: string;
  body(dice: Dice): Json;
  subresources: string[];
  /** The same objects in another version, in which some of the writes are made. */
  other?: { apiVersion: string; path: string; body(dice: Dice): Json };
}

const words = ['x', 'y', 'z'];
const labels = (dice: Dice): Json => (dice.chance(40) ? { labels: Object.fromEntries(dice.some(['l1', 'l2', 'l3']).map((key) => [key, dice.pick(words)])) } : {});
const maybe = (dice: Dice, percent: number, value: () => Json): Json => (dice.chance(percent) ? value() : {});
const entries = (dice: Dice, keys: string[]): Json => Object.fromEntries(dice.some(keys).map((key) => [key, dice.pick(words)]));

function containers(dice: Dice, names: string[]): Json[] {
  return dice.some(names, 60).map((name) => ({
    name, ...maybe(dice, 75, () => ({ image: `img:${dice.pick(['1', '2'])}` })), ...maybe(dice, 40, () => ({ env: dice.some(['E1', 'E2', 'E3']).map((key) => ({ name: key, value: dice.pick(words) })) })),
    ...maybe(dice, 40, () => ({ ports: dice.some([80, 443, 53]).map((containerPort) => ({ containerPort, ...maybe(dice, 50, () => ({ protocol: dice.pick(['TCP', 'UDP']) })), ...maybe(dice, 40, () => ({ name: `p${containerPort}` })) })) })),
    ...maybe(dice, 30, () => ({ args: dice.some(words) })), ...maybe(dice, 30, () => ({ resources: { limits: maybe(dice, 50, () => ({ cpu: dice.pick(['1', '1000m', '2']) })), requests: { memory: dice.pick(['1Gi', '1024Mi']) } } })),
  }));
}
const podSpec = (dice: Dice): Json => ({
  containers: containers(dice, ['c1', 'c2']), ...maybe(dice, 30, () => ({ nodeSelector: entries(dice, ['n1', 'n2']) })), ...maybe(dice, 30, () => ({ tolerations: dice.some(['t1', 't2']).map((key) => ({ key, operator: 'Exists', ...maybe(dice, 50, () => ({ effect: 'NoSchedule' })) })) })),
  ...maybe(dice, 30, () => ({ volumes: dice.some(['v1', 'v2']).map((name) => ({ name, ...(dice.chance(50) ? { emptyDir: {} } : { configMap: { name: dice.pick(words) } }) })) })), ...maybe(dice, 20, () => ({ imagePullSecrets: dice.some(['s1', 's2']).map((name) => ({ name })) })), ...maybe(dice, 20, () => ({ securityContext: { runAsUser: dice.below(3) + 1, supplementalGroups: dice.some([1, 2]) } })),
});

export const KINDS: Kind[] = [
  { name: 'ConfigMap', apiVersion: 'v1', kind: 'ConfigMap', path: '/api/v1/namespaces/default/configmaps', subresources: [], body: (dice) => ({ ...maybe(dice, 80, () => ({ data: entries(dice, ['k1', 'k2', 'k3', 'k4']) })), ...maybe(dice, 20, () => ({ binaryData: { b1: dice.pick(['YQ==', 'Yg==']) } })), ...maybe(dice, 10, () => ({ data: null })), ...maybe(dice, 10, () => ({ data: {} })) }) },
  {
    name: 'Service', apiVersion: 'v1', kind: 'Service', path: '/api/v1/namespaces/default/services', subresources: ['status'],
    body: (dice) => ({ spec: { ...maybe(dice, 90, () => ({ ports: [{ port: 80, ...maybe(dice, 70, () => ({ name: 'http' })), ...maybe(dice, 50, () => ({ targetPort: dice.pick<unknown>([8080, 'web']) })) }, ...dice.some([53, 443]).map((port) => ({ port, name: `p${port}`, ...maybe(dice, 60, () => ({ protocol: dice.pick(['TCP', 'UDP']) })) }))] })), ...maybe(dice, 60, () => ({ selector: entries(dice, ['app', 'tier']) })), ...maybe(dice, 20, () => ({ externalIPs: dice.some(['192.0.2.1', '192.0.2.2']) })), ...maybe(dice, 20, () => ({ sessionAffinity: dice.pick(['None', 'ClientIP']) })) } }),
  },
  { name: 'Deployment', apiVersion: 'apps/v1', kind: 'Deployment', path: '/apis/apps/v1/namespaces/default/deployments', subresources: ['status', 'scale'], body: (dice) => ({ spec: { ...maybe(dice, 50, () => ({ replicas: dice.below(4) })), selector: { matchLabels: { app: 'x' } }, ...maybe(dice, 20, () => ({ paused: dice.chance(50) })), ...maybe(dice, 20, () => ({ strategy: dice.pick<Json>([{ type: 'Recreate' }, { rollingUpdate: { maxSurge: '10%' } }]) })), template: { metadata: { labels: { app: 'x', ...entries(dice, ['t1']) } }, spec: podSpec(dice) } } }) },
  { name: 'Pod', apiVersion: 'v1', kind: 'Pod', path: '/api/v1/namespaces/default/pods', subresources: ['status'], body: (dice) => ({ spec: podSpec(dice) }) },
  {
    name: 'Sequence', apiVersion: 'custom.example.com/v1', kind: 'Sequence', path: '/apis/custom.example.com/v1/namespaces/default/sequences', subresources: ['status'],
    body: (dice) => ({ spec: {
      ...maybe(dice, 30, () => ({ a: dice.pick(words) })), ...maybe(dice, 30, () => ({ b: dice.below(3) })), ...maybe(dice, 20, () => ({ d: dice.pick(words) })), ...maybe(dice, 30, () => ({ atomic: entries(dice, ['x', 'y']) })), ...maybe(dice, 30, () => ({ free: { ...entries(dice, ['f1', 'f2']), ...maybe(dice, 40, () => ({ deep: { list: dice.some(words), ...entries(dice, ['g1']) } })) } })), ...maybe(dice, 40, () => ({ map: entries(dice, ['m1', 'm2', 'm3']) })),
      ...maybe(dice, 30, () => ({ lists: Object.fromEntries(dice.some(['l1', 'l2']).map((key) => [key, dice.some(words)])) })), ...maybe(dice, 40, () => ({ set: dice.some(['s1', 's2', 's3']) })), ...maybe(dice, 20, () => ({ numbers: dice.some([1, 2, 3]) })), ...maybe(dice, 30, () => ({ plain: dice.some(words).map((x) => ({ x })) })), ...maybe(dice, 50, () => ({ ports: dice.some([80, 443, 53]).map((port) => ({ port, ...maybe(dice, 50, () => ({ protocol: dice.pick(['TCP', 'UDP']) })), ...maybe(dice, 40, () => ({ name: dice.pick(words) })), ...maybe(dice, 30, () => ({ tags: dice.some(words) })) })) })),
      ...maybe(dice, 40, () => ({ nested: { items: dice.some(['k1', 'k2', 'k3']).map((k) => ({ k, ...maybe(dice, 50, () => ({ v: dice.pick(words) })), ...maybe(dice, 30, () => ({ inner: entries(dice, ['i1', 'i2']) })) })) } })), ...maybe(dice, 15, () => ({ nul: dice.pick<unknown>([null, 'n']) })), ...maybe(dice, 5, () => ({ set: ['dup', 'dup'] })), ...maybe(dice, 5, () => ({ ports: [{ port: 1 }, { port: 1, protocol: 'TCP' }] })),
    } }),
  },
  {
    name: 'HorizontalPodAutoscaler', apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', path: '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers', subresources: [],
    body: (dice) => ({ spec: { scaleTargetRef: target(dice), maxReplicas: dice.below(3) + 3, ...maybe(dice, 40, () => ({ minReplicas: dice.below(3) + 1 })), ...maybe(dice, 60, () => ({ metrics: dice.some(['cpu', 'memory'], 60).map((name) => ({ type: 'Resource', resource: { name, target: { type: 'Utilization', averageUtilization: 50 + dice.below(2) } } })) })), ...maybe(dice, 30, () => ({ behavior: { scaleDown: { stabilizationWindowSeconds: dice.below(3) * 10 } } })) } }),
    other: { apiVersion: 'autoscaling/v1', path: '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', body: (dice) => ({ spec: { scaleTargetRef: target(dice), maxReplicas: dice.below(3) + 3, ...maybe(dice, 40, () => ({ minReplicas: dice.below(3) + 1 })), ...maybe(dice, 60, () => ({ targetCPUUtilizationPercentage: 50 + dice.below(3) })) } }) },
  },
  { name: 'StatefulSet', apiVersion: 'apps/v1', kind: 'StatefulSet', path: '/apis/apps/v1/namespaces/default/statefulsets', subresources: ['status', 'scale'], body: (dice) => ({ spec: { ...maybe(dice, 50, () => ({ replicas: dice.below(4) })), serviceName: 'x', selector: { matchLabels: { app: 'x' } }, ...maybe(dice, 30, () => ({ updateStrategy: dice.pick<Json>([{ type: 'OnDelete' }, { rollingUpdate: { partition: 1 } }]) })), template: { metadata: { labels: { app: 'x', ...entries(dice, ['t1']) } }, spec: podSpec(dice) } } }) },
  { name: 'CronJob', apiVersion: 'batch/v1', kind: 'CronJob', path: '/apis/batch/v1/namespaces/default/cronjobs', subresources: ['status'], body: (dice) => ({ spec: { schedule: dice.pick(['@daily', '* * * * *']), ...maybe(dice, 30, () => ({ suspend: dice.chance(50) })), ...maybe(dice, 30, () => ({ timeZone: 'Etc/UTC' })), jobTemplate: { spec: { ...maybe(dice, 40, () => ({ parallelism: dice.below(3) })), template: { spec: { restartPolicy: 'Never', ...podSpec(dice) } } } } } }) },
  {
    name: 'Ingress', apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', path: '/apis/networking.k8s.io/v1/namespaces/default/ingresses', subresources: ['status'],
    body: (dice) => ({ spec: { ...maybe(dice, 70, () => ({ defaultBackend: backend(dice) })), ...maybe(dice, 40, () => ({ rules: dice.some(['a.example.com', 'b.example.com'], 60).map((host) => ({ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend(dice) }] } })) })), ...maybe(dice, 40, () => ({ tls: dice.some(['t1', 't2']).map((secretName) => ({ secretName })) })), ...maybe(dice, 30, () => ({ ingressClassName: dice.pick(words) })) } }),
  },
  {
    name: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', path: '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', subresources: [],
    body: (dice) => ({ spec: { podSelector: { ...maybe(dice, 50, () => ({ matchLabels: entries(dice, ['app', 'tier']) })), ...maybe(dice, 30, () => ({ matchExpressions: [{ key: 'k', operator: 'In', values: dice.some(words, 70).concat('w') }] })) }, ...maybe(dice, 60, () => ({ policyTypes: dice.some(['Ingress', 'Egress']) })), ...maybe(dice, 50, () => ({ ingress: [{ ports: dice.some([80, 443]).map((port) => ({ port, ...maybe(dice, 50, () => ({ protocol: 'UDP' })) })) }] })) } }),
  },
  {
    name: 'ServiceAccount', apiVersion: 'v1', kind: 'ServiceAccount', path: '/api/v1/namespaces/default/serviceaccounts', subresources: [],
    body: (dice) => ({ ...maybe(dice, 60, () => ({ secrets: dice.some(['s1', 's2', 's3']).map((name) => ({ name })) })), ...maybe(dice, 60, () => ({ imagePullSecrets: dice.some(['p1', 'p2']).map((name) => ({ name })) })), ...maybe(dice, 40, () => ({ automountServiceAccountToken: dice.chance(50) })) }),
  },
  {
    name: 'ClusterRole', apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', path: '/apis/rbac.authorization.k8s.io/v1/clusterroles', subresources: [],
    body: (dice) => ({ ...maybe(dice, 80, () => ({ rules: dice.some(['pods', 'services'], 60).map((resource) => ({ apiGroups: [''], resources: [resource], verbs: dice.some(['get', 'list'], 70).concat('watch') })) })), ...maybe(dice, 20, () => ({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: entries(dice, ['r1', 'r2']) }] } })) }),
  },
  {
    name: 'Node', apiVersion: 'v1', kind: 'Node', path: '/api/v1/nodes', subresources: ['status'],
    body: (dice) => ({ spec: { ...maybe(dice, 60, () => ({ taints: dice.some(['t1', 't2']).map((key) => ({ key, effect: dice.pick(['NoSchedule', 'NoExecute']), ...maybe(dice, 40, () => ({ value: dice.pick(words) })) })) })), ...maybe(dice, 40, () => ({ unschedulable: dice.chance(50) })) } }),
  },
  {
    name: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', path: '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', subresources: [],
    body: (dice) => ({ addressType: 'IPv4', endpoints: dice.some(['192.0.2.1', '192.0.2.2']).map((address) => ({ addresses: [address], ...maybe(dice, 50, () => ({ conditions: { ready: dice.chance(50) } })) })), ...maybe(dice, 70, () => ({ ports: dice.some([80, 53]).map((port) => ({ port, name: `p${port}`, ...maybe(dice, 50, () => ({ protocol: 'UDP' })) })) })) }),
  },
];

function target(dice: Dice): Json {
  return { kind: 'Deployment', name: dice.pick(words), ...maybe(dice, 60, () => ({ apiVersion: 'apps/v1' })) };
}
function backend(dice: Dice): Json {
  return { service: { name: dice.pick(words), port: dice.pick<Json>([{ number: 80 }, { name: 'web' }]) } };
}
const CLUSTER_SCOPED = new Set(['ClusterRole', 'Node']);

/** The steps of one sequence over an object of its own. */
export function sequence(seed: number): CustomCase {
  const dice = new Dice(seed);
  const kind = dice.pick(KINDS);
  const name = `s${seed}`;
  const at = `${kind.path}/${name}`;
  const object = (form: Pick<Kind, 'apiVersion' | 'body'> = kind): Json => ({ apiVersion: form.apiVersion, kind: kind.kind, ...form.body(dice), metadata: { name, ...(CLUSTER_SCOPED.has(kind.name) ? {} : { namespace: 'default' }), ...labels(dice), ...maybe(dice, 20, () => ({ annotations: entries(dice, ['a1', 'a2']) })), ...maybe(dice, 10, () => ({ finalizers: dice.some(['e.com/f1', 'e.com/f2']) })) } });
  const steps: CustomStep[] = [];
  const count = 4 + dice.below(5);
  if (dice.chance(30)) steps.push(post(`${kind.path}?fieldManager=${dice.pick(MANAGERS)}`, object()));
  for (let step = 0; step < count; step++) steps.push(nextStep(dice, kind, at, object));
  steps.push({ ...merge(at, { metadata: { finalizers: null } }), quiet: true }, quiet(remove(`${at}?gracePeriodSeconds=0`)));
  return { name: `sequence ${seed} of ${kind.name}`, steps };
}

function nextStep(dice: Dice, kind: Kind, at: string, object: (form?: Pick<Kind, 'apiVersion' | 'body'>) => Json): CustomStep {
  const manager = dice.pick(MANAGERS);
  if (kind.other && dice.chance(40)) {
    const elsewhere = at.replace(kind.path, kind.other.path);
    return dice.chance(75) ? apply(elsewhere, manager, object(kind.other), dice.chance(45)) : merge(`${elsewhere}?fieldManager=${manager}`, kind.other.body(dice));
  }
  const roll = dice.below(100);
  if (roll < 60) return apply(at, manager, object(), dice.chance(45));
  if (roll < 65) return { ...apply(`${at}?dryRun=All&fieldManager=${manager}`, manager, object()), path: `${at}?dryRun=All&fieldManager=${manager}${dice.chance(50) ? '&force=true' : ''}` };
  if (roll < 80) {
    const { metadata: _, ...rest } = object();
    return merge(`${at}?fieldManager=${manager}`, { ...rest, metadata: labels(dice) });
  }
  if (roll < 88) {
    const next = kind.body(dice);
    return put(`${at}?fieldManager=${manager}`, (last: Json) => ({ apiVersion: kind.apiVersion, kind: kind.kind, ...('kind' in last && last['kind'] === kind.kind ? last : { metadata: { name: at.split('/').at(-1) } }), ...(!('spec' in next) ? next : { spec: { ...last['spec'] as Json, ...next['spec'] as Json } }) }));
  }
  if (roll < 92) return merge(`${at}?fieldManager=${manager}`, { metadata: { managedFields: dice.pick<unknown>([null, [], [{}]]) } });
  if (kind.subresources.includes('scale') && dice.chance(60)) return apply(`${at}/scale`, manager, { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: at.split('/').at(-1), namespace: 'default' }, spec: { replicas: dice.below(4) } }, dice.chance(50));
  if (kind.name === 'Sequence') return apply(`${at}/status`, manager, { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: at.split('/').at(-1), namespace: 'default' }, status: { phase: dice.pick(words), conditions: dice.some(['c1', 'c2']).map((type) => ({ type, status: dice.pick(words) })) } }, dice.chance(50));
  return apply(at, manager, { apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name: at.split('/').at(-1) } }, true);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '100' }, kind: { type: 'string' } } });
  const wanted = values.kind?.split(',');
  const pair = await startPair(console.error);
  let [sequences, differing, requests] = [0, 0, 0];
  try {
    await Promise.all([pair.upstream, pair.naru].flatMap((side) => [
      side.send({ method: 'POST', path: '/api/v1/namespaces/default/serviceaccounts', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } }) }),
      side.send({ method: 'POST', path: CRDS, headers: { 'content-type': 'application/json' }, body: JSON.stringify(definition('sequences', SCHEMA, { version: { subresources: { status: {} } } })) }),
    ]));
    await sleep(2500);
    for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.count); seed++) {
      const one = sequence(seed);
      if (wanted && !wanted.some((kind) => one.name.endsWith(` ${kind}`))) continue;
      let differs = false;
      await runCase(pair, one, (step, found) => {
        requests++;
        const left = found.filter((difference) => acceptedReason('', step.verb, difference) === undefined);
        // What follows the first difference may only be its consequence.
        if (left.length === 0 || differs) return;
        differs = true;
        console.log(`${one.name}: ${step.method} ${step.path} ${typeof step.body === 'function' ? '' : JSON.stringify(step.body)}`);
        for (const { path, upstream, naru } of left) console.log(`    ${path}\n      upstream: ${show(upstream)}\n      naru:     ${show(naru)}`);
      });
      sequences++;
      if (differs) differing++;
    }
  } finally {
    await pair.stop();
  }
  console.log(`${sequences} sequences of ${requests} requests compared, ${differing} differ`);
}

if (import.meta.main) await main();
