/** Pod Security: every check at both levels, warnings of workloads, what namespaces' labels say. */
import { type CustomCase, type CustomStep, dry, merge, post, quiet } from '../case.ts';

type Json = Record<string, unknown>;
const LABEL = 'pod-security.kubernetes.io/';
const LEVELS: Record<string, Json> = {
  'sec-baseline': { [`${LABEL}enforce`]: 'baseline' },
  'sec-restricted': { [`${LABEL}enforce`]: 'restricted', [`${LABEL}enforce-version`]: 'latest' },
  'sec-old': { [`${LABEL}enforce`]: 'restricted', [`${LABEL}enforce-version`]: 'v1.24' },
  'sec-warned': { [`${LABEL}enforce`]: 'privileged', [`${LABEL}warn`]: 'restricted', [`${LABEL}audit`]: 'baseline' },
};

const SAFE: Json = { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } };
const container = (securityContext: Json | undefined = SAFE, more: Json = {}): Json => ({ name: 'a', image: 'nginx:1', ...(securityContext ? { securityContext } : {}), ...more });
const spec = (more: Json = {}, containers: Json[] = [container()]): Json => ({ automountServiceAccountToken: false, containers, ...more });
const safeWith = (more: Json): Json => spec({}, [container({ ...SAFE, ...more })]);

/** Pod specs by what they are about. */
const SPECS: Record<string, Json> = {
  safe: spec(),
  bare: spec({}, [container({})]),
  none: spec({}, [{ name: 'a', image: 'nginx:1' }, { name: 'b', image: 'nginx:1' }]),
  privileged: safeWith({ privileged: true, allowPrivilegeEscalation: true }),
  escalation: safeWith({ allowPrivilegeEscalation: true }),
  root: safeWith({ runAsUser: 0 }),
  podroot: spec({ securityContext: { runAsUser: 0 } }, [container({ ...SAFE, runAsNonRoot: undefined })]),
  rootallowed: safeWith({ runAsNonRoot: false }),
  nonrootpod: spec({ securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } }, [container({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } })]),
  rootpodfalse: spec({ securityContext: { runAsNonRoot: false } }),
  capadd: safeWith({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'SYS_TIME', 'CHOWN'] } }),
  capbind: safeWith({ capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } }),
  capfew: safeWith({ capabilities: { drop: ['CHOWN'] } }),
  capnone: safeWith({ capabilities: undefined }),
  unconfined: safeWith({ seccompProfile: { type: 'Unconfined' } }),
  localhost: safeWith({ seccompProfile: { type: 'Localhost', localhostProfile: 'x' } }),
  noseccomp: safeWith({ seccompProfile: undefined }),
  podunconfined: spec({ securityContext: { seccompProfile: { type: 'Unconfined' } } }),
  hostnetwork: spec({ hostNetwork: true }),
  hostpid: spec({ hostPID: true, hostIPC: true }),
  hostport: spec({}, [container(SAFE, { ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81, hostPort: 8081 }] })]),
  hostpath: spec({ volumes: [{ name: 'v', hostPath: { path: '/x' } }, { name: 'w', hostPath: { path: '/y' } }] }),
  nfs: spec({ volumes: [{ name: 'v', nfs: { server: 'a', path: '/b' } }, { name: 'w', emptyDir: {} }, { name: 'x', iscsi: { targetPortal: '1.2.3.4:3260', iqn: 'iqn.2003-01.org.x:y', lun: 0 } }] }),
  volumes: spec({ volumes: [{ name: 'a', configMap: { name: 'x' } }, { name: 'b', secret: { secretName: 'x' } }, { name: 'c', projected: { sources: [] } }, { name: 'd', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } }] }),
  proc: spec({ hostUsers: false }, [container({ ...SAFE, procMount: 'Unmasked' })]),
  selinux: safeWith({ seLinuxOptions: { type: 'spc_t', user: 'u', role: 'r' } }),
  selinuxok: safeWith({ seLinuxOptions: { type: 'container_t' } }),
  selinuxpod: spec({ securityContext: { seLinuxOptions: { type: 'bad', user: 'x' } } }),
  sysctls: spec({ securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }, { name: 'net.core.somaxconn', value: '1' }, { name: 'kernel.msgmax', value: '2' }] } }),
  sysctlsok: spec({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_keepalive_time', value: '1' }] } }),
  apparmor: safeWith({ appArmorProfile: { type: 'Unconfined' } }),
  apparmorpod: spec({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }),
  probehost: spec({}, [container(SAFE, { livenessProbe: { httpGet: { port: 80, host: '1.2.3.4' } }, readinessProbe: { tcpSocket: { port: 80, host: '8.8.8.8' } } })]),
  hookhost: spec({}, [container(SAFE, { lifecycle: { postStart: { httpGet: { port: 80, host: '1.2.3.4' } } } })]),
  init: spec({ initContainers: [{ name: 'i', image: 'nginx:1', securityContext: { privileged: true } }] }),
  windows: spec({ os: { name: 'windows' } }, [{ name: 'a', image: 'nginx:1' }]),
  hostprocess: spec({ hostNetwork: true, securityContext: { windowsOptions: { hostProcess: true } } }, [{ name: 'a', image: 'nginx:1' }]),
  many: spec({ hostNetwork: true, hostPID: true, volumes: [{ name: 'v', hostPath: { path: '/x' } }] }, [container({ privileged: true, runAsUser: 0, capabilities: { add: ['SYS_ADMIN'] } })]),
};

const at = (namespace: string, resource: string): string => `/api/v1/namespaces/${namespace}/${resource}`;
const pod = (name: string, own: Json, annotations?: Json): Json => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, ...(annotations ? { annotations } : {}) }, spec: own });
const deployment = (name: string, own: Json): Json => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x' } }, spec: own } },
});

function namespaceSteps(name: string, labels: Json): CustomStep[] {
  return [
    quiet(post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })),
    quiet(post(at(name, 'serviceaccounts'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })),
  ];
}

const annotated = pod('annotated', spec(), { 'container.apparmor.security.beta.kubernetes.io/a': 'unconfined' });
const levels: CustomCase[] = Object.entries(LEVELS).map(([namespace, labels]) => ({
  name: `pod security ${namespace}`,
  steps: [
    ...namespaceSteps(namespace, labels),
    ...Object.entries(SPECS).map(([name, own]) => post(dry(at(namespace, 'pods')), pod(name, own))),
    post(dry(at(namespace, 'pods')), annotated),
    ...['none', 'many', 'safe', 'hostpath'].map((name) => post(dry(`/apis/apps/v1/namespaces/${namespace}/deployments`), deployment(name, SPECS[name] as Json))),
    post(dry(at(namespace, 'podtemplates')), { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name: 'x' }, template: { spec: SPECS['many'] } }),
  ],
  cleanup: [`/api/v1/namespaces/${namespace}`],
}));

const label = (key: string, value: string | null): CustomStep => merge(dry('/api/v1/namespaces/sec-labels'), { metadata: { labels: { [LABEL + key]: value } } });

export const cases: CustomCase[] = [
  ...levels,
  {
    name: 'pod security labels',
    steps: [
      ...namespaceSteps('sec-labels', {}),
      ...['many', 'none', 'hostpath'].map((name) => quiet(post(at('sec-labels', 'pods'), pod(name, SPECS[name] as Json)))),
      label('enforce', 'baseline'), label('enforce', 'restricted'), label('enforce', 'privileged'), label('enforce', 'odd'), label('enforce-version', 'v1.99'), label('enforce-version', 'x'),
      label('warn', 'odd'), label('audit-version', '1.2'), label('warn', 'baseline'), label('enforce-version', 'latest'),
      post(dry('/api/v1/namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'sec-wrong', labels: { [`${LABEL}enforce`]: 'none', [`${LABEL}warn-version`]: 'v2' } } }),
      merge(dry(at('sec-labels', 'pods/many')), { spec: { containers: [{ name: 'a', image: 'nginx:2' }] } }),
    ],
    cleanup: ['/api/v1/namespaces/sec-labels'],
  },
];
