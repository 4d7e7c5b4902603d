import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import type { StatusError } from '../../api/status.ts';
import { createAuthorizer } from '../authz/authorizer.ts';
import { RBAC } from '../authz/rbac-types.ts';
import { TestReader } from '../authz/test-reader.ts';
import { Reinvocation } from './reinvocation.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contracts.ts';
import { PodSecurityMetrics } from './pod-security/metrics.ts';
import { createAdmission } from './create.ts';
import { resourceQuota } from './quota/plugin.ts';

interface Setup { reader: TestReader; plugins: AdmissionPlugin[]; quotaWrites: KubernetesObject[]; podSecurityMetrics: PodSecurityMetrics }

function setup(): Setup {
  const reader = new TestReader()
    .put('', 'namespaces', { metadata: { name: 'ns' }, status: { phase: 'Active' } })
    .put('', 'serviceaccounts', { metadata: { name: 'default', namespace: 'ns', uid: 'u' }, imagePullSecrets: [{ name: 'pull' }] });
  const quotaWrites: KubernetesObject[] = [], podSecurityMetrics = new PodSecurityMetrics();
  const plugins = createAdmission({
    reader, authorizer: createAuthorizer(reader), podSecurityMetrics,
    writeQuotaStatus: async (quota) => {
      const stored = { ...quota, metadata: { ...quota.metadata, resourceVersion: String(Number(quota.metadata?.resourceVersion ?? 0) + 1) } };
      quotaWrites.push(stored);
      reader.put('', 'resourcequotas', stored);
      return stored;
    },
  });
  return { reader, plugins, quotaWrites, podSecurityMetrics };
}

interface RequestOptions extends Partial<Omit<AdmissionAttributes, 'info'>> { group?: string; resource?: string }

function request(object: object | undefined, { group = '', resource = 'pods', ...more }: RequestOptions = {}): AdmissionAttributes {
  const info = { group, version: 'v1', resource, namespaced: true } as ResourceInfo;
  return {
    operation: 'CREATE', info, subresource: '', namespace: 'ns', name: (object as KubernetesObject | undefined)?.metadata?.name ?? '',
    object: object as KubernetesObject, oldObject: undefined, options: {}, user: { name: 'jane', groups: [] }, dryRun: false, warnings: [], reinvocation: new Reinvocation(), annotations: {}, ...more,
  };
}

async function run(plugins: AdmissionPlugin[], attributes: AdmissionAttributes): Promise<AdmissionAttributes> {
  for (const plugin of plugins) if (plugin.handles(attributes)) await plugin.admit?.(attributes);
  for (const plugin of plugins) if (plugin.handles(attributes)) await plugin.validate?.(attributes);
  return attributes;
}

const pod = (spec: object = {}, metadata: object = {}): Pod => ({ metadata: { name: 'p', ...metadata }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } });
const refused = (pattern: RegExp, code = 403) => (error: StatusError): boolean => {
  assert.match(error.message, pattern);
  return error.code === code;
};

test('a plain pod gets account, token volume, pull secrets, priority and tolerations', async () => {
  const { plugins } = setup();
  const object = pod();
  await run(plugins, request(object));
  const { spec } = object;
  assert.equal(spec?.serviceAccountName, 'default');
  assert.match(spec?.volumes?.[0]?.name ?? '', /^kube-api-access-[a-z0-9]{5}$/);
  assert.deepEqual(spec?.containers[0]?.volumeMounts, [{ name: spec?.volumes?.[0]?.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }]);
  assert.deepEqual(spec?.imagePullSecrets, [{ name: 'pull' }]);
  assert.equal(spec?.priority, 0);
  assert.equal(spec?.preemptionPolicy, 'PreemptLowerPriority');
  assert.deepEqual(spec?.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]), [['node.kubernetes.io/not-ready', 300], ['node.kubernetes.io/unreachable', 300]]);
});

test('automount can be turned off by pod or account; running twice adds nothing', async () => {
  const { plugins } = setup();
  const off = pod({ automountServiceAccountToken: false });
  await run(plugins, request(off));
  assert.equal(off.spec?.volumes, undefined);
  const object = pod();
  await run(plugins, request(object));
  const once = structuredClone(object);
  await run(plugins, request(object));
  assert.deepEqual(object, once);
});

test('a pod of an unknown account or in an unknown namespace is refused', async () => {
  const { plugins } = setup();
  await assert.rejects(run(plugins, request(pod({ serviceAccountName: 'no' }))), refused(/pods "p" is forbidden: error looking up service account ns\/no: serviceaccount "no" not found/));
  await assert.rejects(run(plugins, request(pod(), { namespace: 'gone' })), refused(/namespaces "gone" not found/, 404));
});

test('nothing is created in a namespace on its way out; default namespaces stay', async () => {
  const { plugins, reader } = setup();
  reader.put('', 'namespaces', { metadata: { name: 'ns' }, status: { phase: 'Terminating' } });
  await assert.rejects(run(plugins, request(pod())), (error: StatusError) => {
    assert.match(error.message, /unable to create new content in namespace ns because it is being terminated/);
    return error.details?.causes?.[0]?.reason === 'NamespaceTerminating';
  });
  await assert.rejects(run(plugins, request(undefined, { operation: 'DELETE', resource: 'namespaces', namespace: 'kube-system', name: 'kube-system' })),
    refused(/namespaces "kube-system" is forbidden: this namespace may not be deleted/));
});

test('limit ranges fill defaults and refuse what is out of bounds', async () => {
  const { plugins, reader } = setup();
  reader.put('', 'limitranges', {
    metadata: { name: 'r', namespace: 'ns' },
    spec: { limits: [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' }, max: { cpu: '1' }, min: { cpu: '50m' }, maxLimitRequestRatio: { cpu: '5' } }] },
  });
  const object = pod();
  await run(plugins, request(object));
  assert.deepEqual(object.spec?.containers[0]?.resources, { requests: { cpu: '100m' }, limits: { cpu: '500m' } });
  assert.equal(object.metadata?.annotations?.['kubernetes.io/limit-ranger'], 'LimitRanger plugin set: cpu request for container c; cpu limit for container c');
  const big = pod({ containers: [{ name: 'c', resources: { requests: { cpu: '2' }, limits: { cpu: '2' } } }] });
  await assert.rejects(run(plugins, request(big)), refused(/pods "p" is forbidden: maximum cpu usage per Container is 1, but limit is 2/));
  const wide = pod({ containers: [{ name: 'c', resources: { requests: { cpu: '100m' }, limits: { cpu: '1' } } }] });
  await assert.rejects(run(plugins, request(wide)), refused(/cpu max limit to request ratio per Container is 5, but provided ratio is 10.000000/));
});

test('priority classes become numbers; a wrong number and an unknown class are refused', async () => {
  const { plugins, reader } = setup();
  reader.put('scheduling.k8s.io', 'priorityclasses', { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' });
  const object = pod({ priorityClassName: 'high' });
  await run(plugins, request(object));
  assert.deepEqual([object.spec?.priority, object.spec?.preemptionPolicy], [1000, 'Never']);
  await assert.rejects(run(plugins, request(pod({ priorityClassName: 'no' }))), refused(/no PriorityClass with name no was found/));
  await assert.rejects(run(plugins, request(pod({ priority: 7 }))), refused(/the integer value of priority \(7\) must not be provided in pod spec; priority admission controller computed 0/));
});

test('a restricted namespace tells all that is wrong with a pod', async () => {
  const { plugins, reader } = setup();
  reader.put('', 'namespaces', { metadata: { name: 'ns', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } });
  await assert.rejects(run(plugins, request(pod())), refused(new RegExp([
    'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false \\(container "c" must set securityContext.allowPrivilegeEscalation=false\\)',
    'unrestricted capabilities \\(container "c" must set securityContext.capabilities.drop=\\["ALL"\\]\\)',
    'runAsNonRoot != true \\(pod or container "c" must set securityContext.runAsNonRoot=true\\)',
    'seccompProfile \\(pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"\\)$'].join(', '))));
  const good = pod({
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [{ name: 'c', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
  });
  await run(plugins, request(good));
});

test('baseline refuses privilege; a template is only warned about', async () => {
  const { plugins, reader, podSecurityMetrics } = setup();
  reader.put('', 'namespaces', { metadata: { name: 'ns', labels: { 'pod-security.kubernetes.io/enforce': 'baseline', 'pod-security.kubernetes.io/enforce-version': 'v1.30' } } });
  const bad = pod({ hostNetwork: true, containers: [{ name: 'a', securityContext: { privileged: true } }, { name: 'b', securityContext: { privileged: true } }] });
  await assert.rejects(run(plugins, request(bad)), refused(/violates PodSecurity "baseline:v1.30": host namespaces \(hostNetwork=true\), privileged \(containers "a", "b" must not set securityContext.privileged=true\)/));
  const deployment = { metadata: { name: 'd' }, spec: { template: { spec: { hostPID: true, containers: [] } } } };
  const { warnings } = await run(plugins, request(deployment, { group: 'apps', resource: 'deployments' }));
  assert.deepEqual(warnings, ['would violate PodSecurity "baseline:v1.30": host namespaces (hostPID=true)']);
  const counted = (decision: string, mode: string, resource: string): boolean =>
    podSecurityMetrics.text().includes(`{decision="${decision}",mode="${mode}",policy_level="baseline",policy_version="v1.30",request_operation="create",resource="${resource}",subresource=""} 1\n`);
  assert.deepEqual([counted('deny', 'enforce', 'pod'), counted('deny', 'warn', 'controller'), counted('allow', 'enforce', 'pod')], [true, true, false]);
});

test('raising a namespace\'s level warns about its pods; a bad level is invalid', async () => {
  const { plugins, reader } = setup();
  reader.put('', 'pods', { metadata: { name: 'x', namespace: 'ns' }, spec: { hostPID: true, containers: [] } });
  const namespace = (level: string): KubernetesObject => ({ metadata: { name: 'ns', labels: { 'pod-security.kubernetes.io/enforce': level } } });
  const update = { operation: 'UPDATE', resource: 'namespaces', name: 'ns', oldObject: { metadata: { name: 'ns' } } } as const;
  const { warnings } = await run(plugins, request(namespace('baseline'), update));
  assert.deepEqual(warnings, ['existing pods in namespace "ns" violate the new PodSecurity enforce level "baseline:latest"', 'x: host namespaces']);
  await assert.rejects(run(plugins, request(namespace('strict'), update)), refused(/must be one of privileged, baseline, restricted/, 422));
});

test('a quota counts what fits, once a batch, and refuses the rest', async () => {
  const { plugins, reader, quotaWrites } = setup();
  reader.put('', 'resourcequotas', { metadata: { name: 'q', namespace: 'ns', resourceVersion: '1' }, spec: {}, status: { hard: { pods: '2' }, used: { pods: '0' } } });
  const results = await Promise.allSettled([1, 2, 3].map((number) => run(plugins, request(pod({}, { name: `p${number}` })))));
  assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'fulfilled', 'rejected']);
  assert.equal((results[2] as PromiseRejectedResult).reason.message, 'pods "p3" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2');
  assert.deepEqual((quotaWrites.at(-1)?.['status'] as { used: object }).used, { pods: '2' });
  assert.ok(quotaWrites.length <= 2);
});

test('compute quotas want requests and limits stated, scopes choose pods', async () => {
  const { plugins, reader } = setup();
  reader.put('', 'resourcequotas', { metadata: { name: 'q', namespace: 'ns' }, status: { hard: { 'requests.cpu': '1', 'limits.memory': '1Gi' }, used: { 'requests.cpu': '900m', 'limits.memory': '0' } } });
  await assert.rejects(run(plugins, request(pod())), refused(/failed quota: q: must specify limits.memory for: c; requests.cpu for: c/));
  const object = pod({ containers: [{ name: 'c', resources: { requests: { cpu: '200m' }, limits: { memory: '1Gi' } } }] });
  await assert.rejects(run(plugins, request(object)), refused(/exceeded quota: q, requested: requests.cpu=200m, used: requests.cpu=900m, limited: requests.cpu=1$/));
  reader.put('', 'resourcequotas', { metadata: { name: 'q', namespace: 'ns' }, spec: { scopes: ['BestEffort'] }, status: { hard: { pods: '0' }, used: { pods: '0' } } });
  await run(plugins, request(object));
  await assert.rejects(run(plugins, request(pod())), refused(/exceeded quota: q/));
});

test('a quota write that lost a race is tried again with what stands there now', async () => {
  const { reader } = setup();
  const quota = (version: number, pods: string): KubernetesObject => ({ metadata: { name: 'q', namespace: 'ns', resourceVersion: String(version) }, status: { hard: { pods: '5' }, used: { pods } } });
  reader.put('', 'resourcequotas', quota(1, '0'));
  const seen: string[] = [];
  const write = async (wanted: KubernetesObject): Promise<KubernetesObject | undefined> => {
    seen.push((wanted['status'] as { used: { pods: string } }).used.pods);
    if (seen.length > 1) return wanted;
    reader.put('', 'resourcequotas', quota(2, '3'));
    return undefined;
  };
  const clock = { now: () => 0, monotonic: () => 0, after: () => ({ cancel: () => {} }) };
  const plugin = resourceQuota({ reader, write, clock, limited: [] });
  await run([plugin], request(pod()));
  assert.deepEqual(seen, ['1', '4']);
});

test('claims, volumes and ingresses get classes and finalizers; unbound claims do not grow', async () => {
  const { plugins, reader } = setup();
  const mark = { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true', 'ingressclass.kubernetes.io/is-default-class': 'true' } };
  reader.put('storage.k8s.io', 'storageclasses', { metadata: { name: 'old', creationTimestamp: '2026-01-01T00:00:00Z', ...mark } });
  reader.put('storage.k8s.io', 'storageclasses', { metadata: { name: 'new', creationTimestamp: '2026-02-01T00:00:00Z', ...mark }, allowVolumeExpansion: true });
  reader.put('networking.k8s.io', 'ingressclasses', { metadata: { name: 'i', ...mark } });
  const claim = { metadata: { name: 'c' }, spec: { resources: { requests: { storage: '1Gi' } } } as Record<string, unknown> };
  await run(plugins, request(claim, { resource: 'persistentvolumeclaims' }));
  assert.equal(claim.spec['storageClassName'], 'new');
  assert.deepEqual((claim as KubernetesObject).metadata?.finalizers, ['kubernetes.io/pvc-protection']);
  const ingress = { metadata: { name: 'x' }, spec: {} as Record<string, unknown> };
  await run(plugins, request(ingress, { group: 'networking.k8s.io', resource: 'ingresses' }));
  assert.equal(ingress.spec['ingressClassName'], 'i');
  const larger = { ...claim, spec: { ...claim.spec, resources: { requests: { storage: '2Gi' } } } };
  const grow = (phase: string): AdmissionAttributes => request(larger, { resource: 'persistentvolumeclaims', operation: 'UPDATE', oldObject: { ...claim, status: { phase } } as KubernetesObject });
  await assert.rejects(run(plugins, grow('Pending')), refused(/Only bound persistent volume claims can be expanded/));
  await run(plugins, grow('Bound'));
});

test('a node writes its own objects only', async () => {
  const { plugins, reader } = setup();
  const user = { name: 'system:node:n1', groups: ['system:nodes'] };
  const own: Node = { metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'n1', hostname: 'n1' } }, spec: {} };
  await run(plugins, request(own, { resource: 'nodes', namespace: '', user }));
  assert.deepEqual(own.spec?.taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
  const labelled = { metadata: { name: 'n1', labels: { 'node-role.kubernetes.io/control-plane': '', 'node-restriction.kubernetes.io/x': '' } } };
  await assert.rejects(run(plugins, request(labelled, { resource: 'nodes', namespace: '', user })),
    refused(/node "n1" is not allowed to set the following labels: node-restriction.kubernetes.io\/x, node-role.kubernetes.io\/control-plane/));
  await assert.rejects(run(plugins, request({ metadata: { name: 'n2' } }, { resource: 'nodes', namespace: '', user })), refused(/node "n1" is not allowed to modify node "n2"/));
  const theirs = { metadata: { name: 'p' }, spec: { nodeName: 'n2', containers: [] } };
  await assert.rejects(run(plugins, request(theirs, { user, operation: 'UPDATE', subresource: 'status', oldObject: theirs })), refused(/with spec.nodeName set to itself/));
  reader.put('', 'pods', { metadata: { name: 'p', namespace: 'ns', uid: 'pu' }, spec: { nodeName: 'n1', containers: [], volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] } });
  const token = (reference: object, audiences?: string[]): AdmissionAttributes =>
    request({ spec: { audiences, boundObjectRef: reference } }, { resource: 'serviceaccounts', subresource: 'token', name: 'default', user });
  await run(plugins, token({ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'pu' }));
  await assert.rejects(run(plugins, token({ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'pu' }, ['vault'])), refused(/is not authorized to request tokens for audience "vault"/));
  await assert.rejects(run(plugins, token({ apiVersion: 'v1', kind: 'Secret', name: 's' })), refused(/node requested token not bound to a pod/));
});

test('nobody grants what he does not hold', async () => {
  const { plugins, reader } = setup();
  const rule = { verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods'] };
  const role = { metadata: { name: 'r' }, rules: [rule] };
  const create = { group: RBAC, resource: 'roles', user: { name: 'jane', groups: ['dev'] } };
  await assert.rejects(run(plugins, request(role, create)), refused(
    /^roles.rbac.authorization.k8s.io "r" is forbidden: user "jane" \(groups=\["dev"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["pods"\], Verbs:\["get" "delete"\]\}$/));
  reader.put(RBAC, 'roles', { metadata: { name: 'held', namespace: 'ns' }, rules: [{ ...rule, verbs: ['*'] }] });
  reader.put(RBAC, 'rolebindings', { metadata: { name: 'b', namespace: 'ns' }, roleRef: { kind: 'Role', name: 'held' }, subjects: [{ kind: 'Group', name: 'dev' }] });
  await run(plugins, request(role, create));
  const binding = { metadata: { name: 'b' }, roleRef: { kind: 'Role', name: 'other' }, subjects: [] };
  await assert.rejects(run(plugins, request(binding, { ...create, resource: 'rolebindings' })), refused(/rolebindings.rbac.authorization.k8s.io "other" not found/, 404));
  reader.put(RBAC, 'roles', { metadata: { name: 'other', namespace: 'ns' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }] });
  await assert.rejects(run(plugins, request(binding, { ...create, resource: 'rolebindings' })), refused(/Resources:\["secrets"\], Verbs:\["get"\]/));
  await run(plugins, request(role, { ...create, user: { name: 'root', groups: ['system:masters'] } }));
});

test('pods bound to a node take over its zone', async () => {
  const { plugins, reader } = setup();
  reader.put('', 'nodes', { metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'z1' } } });
  const binding: KubernetesObject = { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } };
  await run(plugins, request(binding, { subresource: 'binding', name: 'p' }));
  assert.deepEqual(binding.metadata?.labels, { 'topology.kubernetes.io/zone': 'z1' });
});

test('approving a certificate needs the verb on its signer', async () => {
  const { plugins, reader } = setup();
  const csr = { metadata: { name: 'c' }, spec: { signerName: 'example.com/a' } };
  const approve = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', subresource: 'approval', operation: 'UPDATE', namespace: '', oldObject: csr } as const;
  await assert.rejects(run(plugins, request(csr, approve)), refused(/user not permitted to approve requests with signerName "example.com\/a"/));
  reader.put(RBAC, 'clusterroles', { metadata: { name: 'a' }, rules: [{ verbs: ['approve'], apiGroups: ['certificates.k8s.io'], resources: ['signers'], resourceNames: ['example.com/*'] }] });
  reader.put(RBAC, 'clusterrolebindings', { metadata: { name: 'a' }, roleRef: { kind: 'ClusterRole', name: 'a' }, subjects: [{ kind: 'User', name: 'jane' }] });
  await run(plugins, request(csr, approve));
});

test('a runtime class brings overhead and placement', async () => {
  const { plugins, reader } = setup();
  reader.put('node.k8s.io', 'runtimeclasses', { metadata: { name: 'vm' }, handler: 'vm', overhead: { podFixed: { cpu: '1' } }, scheduling: { nodeSelector: { vm: 'yes' } } });
  const object = pod({ runtimeClassName: 'vm' });
  await run(plugins, request(object));
  assert.deepEqual([object.spec?.overhead, object.spec?.nodeSelector], [{ cpu: '1' }, { vm: 'yes' }]);
  await assert.rejects(run(plugins, request(pod({ runtimeClassName: 'no' }))), refused(/pod rejected: RuntimeClass "no" not found/));
  await assert.rejects(run(plugins, request(pod({ overhead: { cpu: '1' } }))), refused(/Pod Overhead set without corresponding RuntimeClass/));
});

test('a resize beyond what the node has at all is refused', async () => {
  const { reader, plugins } = setup();
  reader.put('', 'nodes', { metadata: { name: 'n' }, status: { allocatable: { cpu: '1900m', memory: '4Gi' } } } as KubernetesObject);
  const bound = (cpu: string, generation: number): Pod => pod({ nodeName: 'n', containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }] }, { namespace: 'ns', generation });
  const resize = (cpu: string): Promise<AdmissionAttributes> => run(plugins, request(bound(cpu, 2), { operation: 'UPDATE', subresource: 'resize', oldObject: bound('1', 1) as KubernetesObject }));
  await resize('1900m');
  await assert.rejects(resize('2'), refused(/node didn't have enough allocatable resources: cpu, requested: 2000, allocatable: 1900$/));
});
