import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageNameProblem, repositoryOf } from './image-name.ts';
import { pullCredentials } from './pull-secrets.ts';

test('image names', () => {
  for (const good of ['nginx', 'nginx:1.2', 'localhost:5000/a/b_c:T', 'registry.example/x@sha256:' + 'a'.repeat(64)]) assert.equal(imageNameProblem(good), undefined, good);
  assert.match(imageNameProblem('Nginx') ?? '', /must be lowercase/);
  assert.match(imageNameProblem('a b') ?? '', /invalid reference format/);
  assert.match(imageNameProblem('') ?? '', /invalid reference format/);
  assert.deepEqual(repositoryOf('nginx:1'), { registry: 'docker.io', path: 'library/nginx' });
  assert.deepEqual(repositoryOf('localhost:5000/a/b:1'), { registry: 'localhost:5000', path: 'a/b' });
});

test('pull secrets are matched by registry and path, the longest first', () => {
  const auths = {
    'https://registry.example': { auth: Buffer.from('u:p:q').toString('base64') }, 'registry.example/team': { username: 'team', password: 'x' },
    '*.other.example': { username: 'wild' }, 'https://index.docker.io/v1/': { username: 'hub' },
  };
  const secret = { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') } };
  assert.deepEqual(pullCredentials('registry.example/team/app:1', [secret]), [{ username: 'team', password: 'x' }, { username: 'u', password: 'p:q' }]);
  assert.deepEqual(pullCredentials('a.other.example/app', [secret]), [{ username: 'wild' }]);
  assert.deepEqual(pullCredentials('nginx', [secret]), [{ username: 'hub' }]);
  assert.deepEqual(pullCredentials('registry.examples/app', [secret]), []);
});
