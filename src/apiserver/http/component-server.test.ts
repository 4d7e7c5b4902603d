import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { StatusError } from '../../api/status.ts';
import type { Authorizer, UserInfo } from '../contracts.ts';
import { send } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

let server: TestServer;
let component: TestServer;
let isReady = false;

before(async () => {
  const users: Record<string, UserInfo> = { good: { name: 'watcher', groups: ['system:monitoring'] }, none: { name: 'nobody', groups: [] } };
  const authorizer: Authorizer = { authorize: ({ user, path, verb }) => ({ decision: user.groups.includes('system:monitoring') && verb === 'get' && path !== '/configz' ? 'allow' : 'none', reason: '' }) };
  server = await startTestServer({
    security: {
      authenticator: {
        authenticate: async ({ headers }) => {
          const user = users[String(headers['authorization']).replace('Bearer ', '')];
          if (!user) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
          return user;
        },
      }, authorizer, admission: [],
    },
    givenFlags: { 'audit-log-path': '-' },
  });
  const { port } = await server.server.listenFor({
    name: 'part', flags: () => ({ b: '2', a: '1' }), metricsText: () => 'part_total 1\n', configuration: () => ({ kind: 'PartConfiguration' }),
    readyChecks: new Map([['lists', () => { if (!isReady) throw new Error('not yet'); }]]),
  }, { host: '127.0.0.1', port: 0 });
  component = { ...server, port };
});
after(() => server.close());

const as = (token: string, accept = '*/*') => ({ headers: { authorization: `Bearer ${token}`, accept } });

test('health of a component is open to all, the rest to those who may', async () => {
  assert.deepEqual([(await send(component, 'GET', '/livez')).body, (await send(component, 'GET', '/readyz')).code], ['ok', 500]);
  isReady = true;
  assert.equal((await send(component, 'GET', '/readyz?verbose')).body, '[+]lists ok\nreadyz check passed\n');
  assert.equal((await send(component, 'GET', '/metrics')).code, 401);
  const refused = await send(component, 'GET', '/metrics', as('none'));
  assert.deepEqual([refused.code, refused.body.message], [403, 'forbidden: User "nobody" cannot get path "/metrics"']);
  assert.equal((await send(component, 'GET', '/metrics', as('good'))).body, 'part_total 1\n');
  assert.equal((await send(component, 'GET', '/configz', as('good'))).code, 403);
  assert.equal((await send(component, 'GET', '/elsewhere', as('good'))).code, 404);
});

test('pages for debugging are text for people and objects for programs', async () => {
  const form = (kind: string, version: string, type = 'json'): string => `application/${type};v=${version};g=config.k8s.io;as=${kind}`;
  for (const [where, name] of [[server, 'apiserver'], [component, 'part']] as const) {
    assert.match((await send(where, 'GET', '/statusz', as('good'))).body, new RegExp(`^\n${name} statusz\n[^]*\nBinary version: 1\\.37\\.2\n`));
    const status = await send(where, 'GET', '/statusz', as('good', form('Statusz', 'v1beta1')));
    assert.equal(status.headers['content-type'], 'application/json;g=config.k8s.io;v=v1beta1;as=Statusz');
    assert.deepEqual([status.body.kind, status.body.apiVersion, status.body.metadata.name, status.body.paths.includes('/metrics')], ['Statusz', 'config.k8s.io/v1beta1', name, true]);
    assert.equal((await send(where, 'GET', '/statusz', as('good', 'application/json'))).code, 406);
  }
  assert.equal((await send(server, 'GET', '/flagz', as('good', form('Flagz', 'v1beta1')))).body.flags['audit-log-path'], '-');
  const old = await send(component, 'GET', '/flagz', as('good', form('Flagz', 'v1alpha1', 'yaml')));
  assert.match(String(old.headers['warning']), /flagz endpoint is deprecated/);
  assert.equal(old.body, 'apiVersion: config.k8s.io/v1alpha1\nflags:\n  a: "1"\n  b: "2"\nkind: Flagz\nmetadata:\n  name: part\n');
});
