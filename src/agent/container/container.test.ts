import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { containerEnvironment, parseEnvironmentFile, type EnvironmentSources } from './environment.ts';
import { expand } from './expansion.ts';
import { fieldValue, resourceValue } from './field-reference.ts';
import { podHostname } from './hostname.ts';
import { hostsFile } from './hosts-file.ts';
import { formatResolvConf } from '../../network/dns/resolv-conf.ts';
import { podDns } from './resolv-conf.ts';
import { containerResources, oomScoreAdjust, podCgroup, podCgroupLimits } from './resources.ts';
import { containerSecurity, verifyNonRoot } from './security.ts';
import { serviceEnvironment } from './service-environment.ts';

const facts = { podIPs: ['10.0.0.1', 'fd00::1'], hostIPs: ['1.1.1.1'], nodeName: 'node1' };
const sources: EnvironmentSources = {
  ...facts, configMap: async (name) => (name === 'map' ? { data: { a: '1', 'b-c': '2' } } : undefined),
  secret: async (name) => (name === 'secret' ? { data: { password: Buffer.from('x').toString('base64') } } : undefined),
  services: () => [], apiServer: { host: '10.96.0.1', port: 443 }, allocatable: { cpu: '2', memory: '4Gi' }, volumeFile: async () => 'KEY=\'value\'\n',
};
const pod: Pod = { metadata: { name: 'p', namespace: 'n', uid: 'u', labels: { b: '2', a: '1' } }, spec: { containers: [{ name: 'a', image: 'x' }] } };

test('references are expanded once, unknown ones and escapes stay', () => {
  assert.equal(expand('$(A)-$$(A)-$(B)-$$$(A)-$', (name) => (name === 'A' ? '$(B)' : undefined)), '$(B)-$(A)-$(B)-$$(B)-$');
});

describe('environment', () => {
  test('comes from everywhere, in order', async () => {
    const environment = await containerEnvironment(pod, {
      name: 'a', envFrom: [{ prefix: 'P_', configMapRef: { name: 'map' } }, { secretRef: { name: 'none', optional: true } }],
      env: [
        { name: 'ONE', value: '$(P_a)' }, { name: 'TWO', value: '$(ONE)$(KUBERNETES_SERVICE_HOST)' }, { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'secret', key: 'password' } } },
        { name: 'IPS', valueFrom: { fieldRef: { fieldPath: 'status.podIPs' } } }, { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'FILE', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'f', key: 'KEY' } } },
        { name: 'GONE', valueFrom: { configMapKeyRef: { name: 'map', key: 'zzz', optional: true } } },
      ],
    }, sources);
    const { P_a, ONE, TWO, SECRET, IPS, CPU, FILE, GONE } = Object.fromEntries(environment);
    assert.deepEqual([P_a, ONE, TWO, SECRET, IPS, CPU, FILE, GONE], ['1', '1', '110.96.0.1', 'x', '10.0.0.1,fd00::1', '2', 'value', undefined]);
    assert.equal(environment.get('P_b-c'), '2');
  });
  test('a missing source is an error with upstream\'s words', async () => {
    const env = (valueFrom: object) => containerEnvironment(pod, { name: 'a', env: [{ name: 'X', valueFrom }] }, sources);
    await assert.rejects(env({ secretKeyRef: { name: 'none', key: 'k' } }), { message: 'secret "none" not found' });
    await assert.rejects(env({ configMapKeyRef: { name: 'map', key: 'k' } }), { message: 'couldn\'t find key k in ConfigMap n/map' });
  });
  test('Services give Docker\'s names', () => {
    const variables = serviceEnvironment([{ metadata: { name: 'my-db' }, spec: { clusterIP: '10.96.0.7', ports: [{ name: 'sql-port', port: 5432 }] } }]);
    assert.deepEqual(variables, {
      MY_DB_SERVICE_HOST: '10.96.0.7', MY_DB_SERVICE_PORT: '5432', MY_DB_SERVICE_PORT_SQL_PORT: '5432', MY_DB_PORT: 'tcp://10.96.0.7:5432',
      MY_DB_PORT_5432_TCP: 'tcp://10.96.0.7:5432', MY_DB_PORT_5432_TCP_PROTO: 'tcp', MY_DB_PORT_5432_TCP_PORT: '5432', MY_DB_PORT_5432_TCP_ADDR: '10.96.0.7',
    });
  });
  test('an environment file may quote its values', () => {
    assert.deepEqual([...parseEnvironmentFile('# note\nA=\'1 2\'\n\nB=3\n')], [['A', '1 2'], ['B', '3']]);
  });
});

test('field and resource references', () => {
  assert.equal(fieldValue(pod, 'metadata.labels', facts), 'a="1"\nb="2"');
  assert.equal(fieldValue(pod, 'metadata.labels[\'b\']', facts), '2');
  assert.equal(fieldValue(pod, 'spec.containers', facts), undefined);
  const container = { name: 'a', resources: { requests: { cpu: '250m', memory: '64Mi' } } };
  assert.equal(resourceValue(container, { resource: 'requests.cpu', divisor: '1m' }, {}), '250');
  assert.equal(resourceValue(container, { resource: 'requests.cpu' }, {}), '1');
  assert.equal(resourceValue(container, { resource: 'requests.memory', divisor: '1Mi' }, {}), '64');
  assert.equal(resourceValue(container, { resource: 'limits.memory', divisor: '1Gi' }, { memory: '4Gi' }), '4');
});

test('files of a pod', () => {
  const text = hostsFile({ podIPs: ['10.0.0.1'], hostname: 'h', domain: 'd', aliases: [{ ip: '1.2.3.4', hostnames: ['x', 'y'] }] });
  assert.ok(text.startsWith('# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n'));
  assert.ok(text.endsWith('10.0.0.1\th.d\th\n\n# Entries added by HostAliases.\n1.2.3.4\tx\ty\n'));
  const around = { clusterDns: ['10.96.0.10'], clusterDomain: 'cluster.local', host: { nameservers: ['9.9.9.9'], searches: ['corp'], options: [] } };
  assert.equal(formatResolvConf(podDns(pod, around)), 'search n.svc.cluster.local svc.cluster.local cluster.local corp\nnameserver 10.96.0.10\noptions ndots:5\n');
  const none = { ...pod, spec: { containers: [], dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['s'], options: [{ name: 'ndots', value: '2' }] } } };
  assert.equal(formatResolvConf(podDns(none, around)), 'search s\nnameserver 1.1.1.1\noptions ndots:2\n');
  assert.deepEqual(podHostname({ ...pod, spec: { containers: [], hostname: 'h', subdomain: 's', setHostnameAsFQDN: true } }, 'cluster.local', 'node1').kernelHostname, 'h.s.n.svc.cluster.local');
});

test('cgroup settings of a burstable pod', () => {
  const burstable: Pod = { ...pod, spec: { containers: [{ name: 'a', resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1', memory: '2Gi' } } }] } };
  const [container] = burstable.spec?.containers ?? [];
  assert.ok(container);
  assert.deepEqual(containerResources(burstable, container, 4 * 2 ** 30), { cpuShares: 512, cpuQuota: 100_000, cpuPeriod: 100_000, memoryLimit: 2 * 2 ** 30, oomScoreAdjust: 750 });
  assert.equal(podCgroup('/c', burstable), '/c/kubepods/burstable/podu');
  assert.deepEqual(podCgroupLimits(burstable), { cpuShares: 512, cpuQuota: 100_000, cpuPeriod: 100_000, memoryLimit: 2 * 2 ** 30 });
  assert.equal(oomScoreAdjust(pod, { name: 'a' }, 2 ** 30), 1000);
});

test('runAsNonRoot is verified against user and image', () => {
  const strict = { ...pod, spec: { containers: [], securityContext: { runAsNonRoot: true, fsGroup: 7, supplementalGroups: [8] } } };
  const image = { id: 'i', repoTags: [], repoDigests: [], size: 0 };
  assert.throws(() => verifyNonRoot(strict, { name: 'a' }, image), /image will run as root/);
  assert.throws(() => verifyNonRoot(strict, { name: 'a' }, { ...image, user: 'app' }), /non-numeric user \(app\)/);
  assert.doesNotThrow(() => verifyNonRoot(strict, { name: 'a' }, { ...image, user: '1000:1000' }));
  assert.deepEqual(containerSecurity(strict, { name: 'a', securityContext: { capabilities: { add: ['net_admin'] } } }, '/s').supplementalGroups, [8, 7]);
});
