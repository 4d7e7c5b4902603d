import { copyJson } from '../../api/codec/json.ts';
import { EVERYONE, EVERYTHING, MANDATORY_LEVELS, MANDATORY_SCHEMAS } from '../../api/kinds/other/mandatory-flow.ts';
import type { KubernetesObject } from '../../api/object.ts';

/** API priority and fairness: the levels and schemas a cluster starts with, with upstream's names and numbers. Pure. */
type Subject = { kind: 'User'; user: { name: string } } | { kind: 'Group'; group: { name: string } } | { kind: 'ServiceAccount'; serviceAccount: { name: string; namespace: string } };
const user = (name: string): Subject => ({ kind: 'User', user: { name } });
const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
const account = (name: string): Subject => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace: 'kube-system' } });

const LEASES = { resourceRules: [{ verbs: ['get', 'create', 'update'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] }] };
const NODE_HEALTH = {
  resourceRules: [
    { verbs: ['*'], apiGroups: [''], resources: ['nodes', 'nodes/status'], namespaces: ['*'], clusterScope: true },
    { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
  ],
};
const PROBES = { nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }] };

interface Queuing { queues: number; handSize: number; queueLengthLimit: number }

const METADATA = { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } };
const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';
const mandatoryLevel = (name: string): KubernetesObject => ({ kind: 'PriorityLevelConfiguration', apiVersion, metadata: { name, ...METADATA }, spec: copyJson(MANDATORY_LEVELS[name]) });
const mandatorySchema = (name: string): KubernetesObject => ({ kind: 'FlowSchema', apiVersion, metadata: { name, ...METADATA }, spec: copyJson(MANDATORY_SCHEMAS[name]) });

function level(name: string, shares: number, lendable: number, queuing?: Queuing): KubernetesObject {
  return {
    kind: 'PriorityLevelConfiguration', apiVersion, metadata: { name, ...METADATA },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: shares, lendablePercent: lendable, limitResponse: queuing ? { type: 'Queue', queuing } : { type: 'Reject' } },
    },
  };
}

export function priorityLevels(): KubernetesObject[] {
  return [
    mandatoryLevel('exempt'), mandatoryLevel('catch-all'), level('system', 30, 33, { queues: 64, handSize: 6, queueLengthLimit: 50 }),
    level('node-high', 40, 25, { queues: 64, handSize: 6, queueLengthLimit: 50 }), level('leader-election', 10, 0, { queues: 16, handSize: 4, queueLengthLimit: 50 }),
    level('workload-high', 40, 50, { queues: 128, handSize: 6, queueLengthLimit: 50 }), level('workload-low', 100, 90, { queues: 128, handSize: 6, queueLengthLimit: 50 }),
    level('global-default', 20, 50, { queues: 128, handSize: 6, queueLengthLimit: 50 }),
  ];
}

function schema(name: string, priorityLevel: string, precedence: number, distinguisher: 'ByUser' | 'ByNamespace' | undefined, subjects: Subject[], rules: object): KubernetesObject {
  return {
    kind: 'FlowSchema', apiVersion, metadata: { name, ...METADATA },
    spec: {
      priorityLevelConfiguration: { name: priorityLevel }, matchingPrecedence: precedence, ...(distinguisher ? { distinguisherMethod: { type: distinguisher } } : {}),
      rules: [{ subjects, ...rules }],
    },
  };
}

export function flowSchemas(): KubernetesObject[] {
  return [
    mandatorySchema('exempt'),
    schema('probes', 'exempt', 2, undefined, EVERYONE, PROBES),
    schema('system-leader-election', 'leader-election', 100, 'ByUser', [user('system:kube-controller-manager'), user('system:kube-scheduler'), account('*')], LEASES),
    schema('system-node-high', 'node-high', 400, 'ByUser', [group('system:nodes')], NODE_HEALTH),
    schema('system-nodes', 'system', 500, 'ByUser', [group('system:nodes')], EVERYTHING),
    schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', [user('system:kube-controller-manager')], EVERYTHING),
    schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', [user('system:kube-scheduler')], EVERYTHING),
    schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', [account('*')], EVERYTHING),
    schema('service-accounts', 'workload-low', 9000, 'ByUser', [group('system:serviceaccounts')], EVERYTHING),
    schema('global-default', 'global-default', 9900, 'ByUser', EVERYONE, EVERYTHING),
    mandatorySchema('catch-all'),
  ];
}
