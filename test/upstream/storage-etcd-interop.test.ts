/** Upstream's API server and naru's on one etcd, with a key management service between: what one writes the other reads, changes and deletes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startUpstream, type Upstream } from '../../bench/compare/upstream.ts';
import { missingPrograms } from '../../conformance/programs.ts';
import { createScheme } from '../../src/api/scheme.ts';
import { upstreamForm } from '../../src/apiserver/registry/stored-form.ts';
import { send, type WireAnswer } from '../../src/apiserver/testing/http-client.ts';
import { startTestServer, type TestServer } from '../../src/apiserver/testing/test-server.ts';
import { sleep } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { rulesFrom } from '../../src/storage/encryption/configuration.ts';
import { EncryptedStorage } from '../../src/storage/encryption/encrypted-storage.ts';
import { kmsCipher } from '../../src/storage/encryption/kms.ts';
import { openEtcdStorage } from '../../src/storage/etcd/etcd-storage.ts';
import { Side } from '../parity/client.ts';
import { KmsPlugin } from '../linux/storage-etcd/kms-plugin.ts';

const missing = await missingPrograms(['etcd', 'kube-apiserver']);
const SERVICES = '/api/v1/namespaces/default/services';
const SECRETS = '/api/v1/namespaces/default/secrets';
const meta = { name: 'both', labels: { app: 'x' } };
const pod = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const OBJECTS: [path: string, object: object][] = [
  ['/api/v1/namespaces/default/configmaps', { metadata: meta, data: { a: 'b' } }],
  [SECRETS, { metadata: meta, stringData: { password: 'secret' } }],
  [SERVICES, { metadata: meta, spec: { type: 'NodePort', ports: [{ port: 80 }] } }],
  ['/apis/apps/v1/namespaces/default/deployments', { metadata: meta, spec: { selector: { matchLabels: { app: 'x' } }, template: pod } }],
  ['/apis/batch/v1/namespaces/default/cronjobs', { metadata: meta, spec: { schedule: '@daily', jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } } } } }],
  ['/apis/networking.k8s.io/v1/namespaces/default/ingresses', { metadata: meta, spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } }],
  ['/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: meta, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }],
  ['/apis/storage.k8s.io/v1/storageclasses', { metadata: meta, provisioner: 'example.com/p' }],
];
const DEFINITION = {
  metadata: { name: 'hosts.interop.io' },
  spec: {
    group: 'interop.io', scope: 'Namespaced', names: { plural: 'hosts', singular: 'host', kind: 'Host', listKind: 'HostList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { size: { type: 'integer', default: 3 } } } } } } }],
  },
};

type Ask = (method: string, path: string, body?: unknown) => Promise<Pick<WireAnswer, 'code' | 'body'>>;

describe('an etcd with upstream\'s API server on it too', { skip: missing.length > 0 && `not built: ${missing.join(', ')}` }, () => {
  let directory: string, upstream: Upstream, plugin: KmsPlugin, server: TestServer, side: Side;
  let theirs: Ask, ours: Ask;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'naru-interop-'));
    const socket = join(directory, 'kms.sock');
    plugin = await KmsPlugin.start(socket);
    const configuration = {
      apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration',
      resources: [{ resources: ['secrets'], providers: [{ kms: { apiVersion: 'v2', name: 'mine', endpoint: `unix://${socket}`, timeout: '3s' } }, { identity: {} }] }],
    };
    writeFileSync(join(directory, 'encryption.json'), JSON.stringify(configuration));
    upstream = await startUpstream({ withControllers: false, flags: { 'kube-apiserver': [`--encryption-provider-config=${join(directory, 'encryption.json')}`, '--disable-admission-plugins=ServiceAccount'] } }, () => undefined);
    const scheme = createScheme();
    const storedForm = upstreamForm(scheme);
    const rules = await rulesFrom(configuration, { random: systemRandom, kms: kmsCipher });
    server = await startTestServer({ scheme, storedForm, storage: new EncryptedStorage(await openEtcdStorage({ endpoints: [upstream.etcdUrl] }), rules, storedForm.resourceAt), flags: { serviceCidr: '10.96.0.0/12' } });
    side = new Side('upstream', { url: upstream.url, ca: upstream.pki.ca.certificatePem, cert: upstream.pki.admin.certificatePem, key: upstream.pki.admin.privateKeyPem });
    ours = (method, path, body) => send(server, method, path, body === undefined ? {} : { body });
    theirs = async (method, path, body) => {
      const { code, bytes } = await side.send({ method, path, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
      // What is not served is refused in plain text.
      const text = bytes.toString();
      return { code, body: text.startsWith('{') ? JSON.parse(text) as WireAnswer['body'] : text };
    };
  });
  after(async () => {
    side?.close();
    await server?.close();
    await upstream?.stop();
    plugin?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const bothWays = (name: string, run: (writer: Ask, other: Ask) => Promise<void>): void => {
    it(`${name}, written by naru`, { timeout: 60_000 }, () => run(ours, theirs));
    it(`${name}, written by upstream`, { timeout: 60_000 }, () => run(theirs, ours));
  };
  const ok = async (answer: ReturnType<Ask>, code = 200): Promise<WireAnswer['body']> => {
    const { code: found, body } = await answer;
    assert.equal(found, code, JSON.stringify(body).slice(0, 500));
    return body;
  };
  /** One object made here, read there, changed there, read here, deleted here. */
  const roundTrip = async (path: string, object: object, writer: Ask, other: Ask): Promise<void> => {
    const made = await ok(writer('POST', path, object), 201);
    const at = `${path}/${made.metadata.name}`;
    const read = await ok(other('GET', at));
    assert.deepEqual(read, await ok(writer('GET', at)), at);
    await ok(other('PUT', at, { ...read, metadata: { ...read.metadata, annotations: { changed: 'yes' } } }));
    const changed = await ok(writer('GET', at));
    assert.equal(changed.metadata.annotations.changed, 'yes');
    assert.deepEqual(await ok(other('GET', at)), changed, at);
    assert.equal((await writer('PUT', at, read)).code, 409, at);
    await ok(writer('DELETE', at));
    assert.equal((await other('GET', at)).code, 404, at);
  };

  bothWays('objects of many kinds', async (writer, other) => {
    for (const [path, object] of OBJECTS) await roundTrip(path, object, writer, other);
  });

  bothWays('secrets stand there encrypted', async (writer, other) => {
    await ok(writer('POST', SECRETS, { metadata: { name: 'hidden' }, stringData: { password: 'swordfish' } }), 201);
    const raw = await openEtcdStorage({ endpoints: [upstream.etcdUrl] });
    const stored = Buffer.from((await raw.get('/registry/secrets/default/hidden'))?.value ?? []);
    await raw.close();
    assert.ok(stored.toString('latin1').startsWith('k8s:enc:kms:v2:mine:') && !stored.includes('swordfish'));
    plugin.rotate(`key-of-${plugin.calls.encrypt}`);
    assert.equal((await ok(other('GET', `${SECRETS}/hidden`))).data.password, Buffer.from('swordfish').toString('base64'));
    await ok(other('DELETE', `${SECRETS}/hidden`));
  });

  bothWays('custom resources', async (writer, other) => {
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', hosts = '/apis/interop.io/v1/namespaces/default/hosts';
    await ok(writer('POST', definitions, DEFINITION), 201);
    for (const ask of [writer, other]) while ((await ask('GET', hosts)).code !== 200) await sleep(100);
    await roundTrip(hosts, { apiVersion: 'interop.io/v1', kind: 'Host', metadata: { name: 'h' }, spec: {} }, writer, other);
    await ok(writer('DELETE', `${definitions}/hosts.interop.io`));
    for (const ask of [writer, other]) while ((await ask('GET', `${definitions}/hosts.interop.io`)).code !== 404) await sleep(100);
  });

  bothWays('a node port and an address are given once', async (writer, other) => {
    const spec = (await ok(writer('POST', SERVICES, { metadata: { name: 'first' }, spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30123 }] } }), 201)).spec;
    const samePort = await other('POST', SERVICES, { metadata: { name: 'second' }, spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30123 }] } });
    assert.match(`${samePort.code} ${samePort.body.message}`, /^422 .*provided port is already allocated/);
    const sameAddress = await other('POST', SERVICES, { metadata: { name: 'second' }, spec: { clusterIP: spec.clusterIP, ports: [{ port: 80 }] } });
    assert.match(`${sameAddress.code} ${sameAddress.body.message}`, /^422 .*provided IP is already allocated/);
    await ok(other('DELETE', `${SERVICES}/first`));
    await ok(other('POST', SERVICES, { metadata: { name: 'second' }, spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30123 }] } }), 201);
    await ok(writer('DELETE', `${SERVICES}/second`));
  });
});
