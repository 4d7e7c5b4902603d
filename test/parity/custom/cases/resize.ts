/** A resize beside what the pod's node has. */
import { type CustomCase, type CustomStep, post, quiet } from '../case.ts';

const PODS = '/api/v1/namespaces/resize/pods';
const resize = (name: string, requests: Record<string, string>): CustomStep => ({
  verb: 'resize', method: 'PATCH', path: `${PODS}/${name}/resize?dryRun=All`, type: 'application/strategic-merge-patch+json', body: { spec: { containers: [{ name: 'a', resources: { requests } }] } },
});
const change = (name: string, spec: Record<string, unknown>): CustomStep => ({ verb: 'resize', method: 'PATCH', path: `${PODS}/${name}/resize?dryRun=All`, type: 'application/strategic-merge-patch+json', body: { spec } });
const node = (name: string, os: string, declaredFeatures: string[] = []): CustomStep => quiet(post('/api/v1/nodes', {
  apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/os': os } }, status: { capacity: { cpu: '2', memory: '4Gi', pods: '10' }, allocatable: { cpu: '1900m', memory: '4Gi', pods: '10' }, ...(declaredFeatures.length > 0 ? { declaredFeatures } : {}) },
}));
const pod = (name: string, nodeName?: string): CustomStep => quiet(post(PODS, {
  apiVersion: 'v1', kind: 'Pod', metadata: { name },
  spec: { automountServiceAccountToken: false, ...(nodeName ? { nodeName } : {}), containers: [{ name: 'a', image: 'nginx:1', resources: { requests: { cpu: '100m', memory: '10Mi' } } }, { name: 'b', image: 'nginx:1', resources: { requests: { cpu: '100m' } } }] },
}));

const whole = (name: string, nodeName: string): CustomStep => quiet(post(PODS, {
  apiVersion: 'v1', kind: 'Pod', metadata: { name },
  spec: {
    automountServiceAccountToken: false, nodeName, resources: { requests: { cpu: '200m' }, limits: { cpu: '1' } }, volumes: [{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
    containers: [{ name: 'a', image: 'nginx:1', resources: { requests: { cpu: '100m' } } }], initContainers: [{ name: 'i', image: 'nginx:1', resources: { requests: { cpu: '100m' } } }],
  },
}));
const FEATURES = ['InPlacePodLevelResourcesVerticalScaling', 'InPlacePodVerticalScalingInitContainers', 'InPlacePodVerticalScalingMemoryBackedVolumes', 'RestartAllContainersOnContainerExits'];
const CHANGES: Record<string, unknown>[] = [
  { resources: { requests: { cpu: '300m' } } }, { resources: { limits: { cpu: '2' } } }, { initContainers: [{ name: 'i', resources: { requests: { cpu: '110m' } } }] },
  { resources: { requests: { cpu: '300m' } }, initContainers: [{ name: 'i', resources: { requests: { cpu: '110m' } } }] }, { volumes: [{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: '2Mi' } }] },
  { containers: [{ name: 'a', resources: { requests: { cpu: '110m' } } }] },
];

export const cases: CustomCase[] = [{
  name: 'resize within a node',
  steps: [
    quiet(post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'resize' } })),
    quiet(post('/api/v1/namespaces/resize/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })),
    node('resize-linux', 'linux'), node('resize-windows', 'windows'),
    pod('bound', 'resize-linux'), pod('windows', 'resize-windows'), pod('lost', 'resize-gone'), pod('free'),
    resize('bound', { cpu: '1800m' }), resize('bound', { cpu: '1801m' }), resize('bound', { cpu: '3', memory: '5Gi' }), resize('bound', { memory: '4097Mi' }), resize('bound', { cpu: '100m' }),
    ...['windows', 'lost', 'free'].map((name) => resize(name, { cpu: '9' })),
  ],
  cleanup: [`${PODS}/bound`, `${PODS}/windows`, `${PODS}/lost`, `${PODS}/free`, '/api/v1/nodes/resize-linux', '/api/v1/nodes/resize-windows', '/api/v1/namespaces/resize'],
}, {
  name: 'resize that a node must have declared',
  steps: [
    quiet(post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'resize' } })),
    quiet(post('/api/v1/namespaces/resize/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })),
    node('resize-plain', 'linux'), node('resize-able', 'linux', FEATURES), node('resize-some', 'linux', FEATURES.slice(1, 2)),
    whole('plain', 'resize-plain'), whole('able', 'resize-able'), whole('some', 'resize-some'), whole('lost-whole', 'resize-gone'),
    ...['plain', 'able', 'some', 'lost-whole'].flatMap((name) => CHANGES.map((spec) => change(name, spec))),
  ],
  cleanup: ['plain', 'able', 'some', 'lost-whole'].map((name) => `${PODS}/${name}`).concat(['/api/v1/nodes/resize-plain', '/api/v1/nodes/resize-able', '/api/v1/nodes/resize-some', '/api/v1/namespaces/resize']),
}];
