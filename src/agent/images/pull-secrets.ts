import type { Secret } from '../../../schema/v1.37/types/core-v1.ts';
import type { PullCredentials } from '../../runtime/runtime.ts';
import { repositoryOf } from './image-name.ts';

interface Auth { auth?: string; username?: string; password?: string; identitytoken?: string }

/** The credentials in these secrets that are for the image's registry, the most specific entries first. */
export function pullCredentials(image: string, secrets: Secret[]): PullCredentials[] {
  const { registry, path } = repositoryOf(image);
  const found: { length: number; credentials: PullCredentials }[] = [];
  for (const secret of secrets) {
    for (const [server, auth] of Object.entries(authsOf(secret))) {
      const bare = bareServer(server);
      if (matches(bare, registry, path)) found.push({ length: bare.length, credentials: credentialsOf(auth) });
    }
  }
  return found.sort((left, right) => right.length - left.length).map((entry) => entry.credentials);
}

function authsOf(secret: Secret): Record<string, Auth> {
  const decode = (value: string | undefined): unknown => {
    try {
      return value ? JSON.parse(Buffer.from(value, 'base64').toString('utf8')) : undefined;
    } catch {
      return undefined;
    }
  };
  if (secret.type === 'kubernetes.io/dockerconfigjson') return (decode(secret.data?.['.dockerconfigjson']) as { auths?: Record<string, Auth> } | undefined)?.auths ?? {};
  if (secret.type === 'kubernetes.io/dockercfg') return (decode(secret.data?.['.dockercfg']) as Record<string, Auth> | undefined) ?? {};
  return {};
}

function bareServer(server: string): string {
  return server.replace(/^https?:\/\//, '').replace(/\/v[12]\/?$/, '').replace(/\/$/, '');
}

/** An entry is `[https://]host[:port][/path]`; the host may hold `*` for one part. */
function matches(bare: string, registry: string, path: string): boolean {
  const slash = bare.indexOf('/');
  const host = slash < 0 ? bare : bare.slice(0, slash);
  const prefix = slash < 0 ? '' : bare.slice(slash + 1);
  const wanted = host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
  const pattern = new RegExp(`^${wanted.replaceAll('.', '\\.').replaceAll('*', '[^.]*')}$`);
  return pattern.test(registry) && (prefix === '' || path === prefix || path.startsWith(prefix + '/'));
}

function credentialsOf(auth: Auth): PullCredentials {
  const decoded = auth.auth ? Buffer.from(auth.auth, 'base64').toString('utf8') : '';
  const colon = decoded.indexOf(':');
  const username = auth.username ?? (colon < 0 ? undefined : decoded.slice(0, colon));
  const password = auth.password ?? (colon < 0 ? undefined : decoded.slice(colon + 1));
  return {
    ...(username !== undefined ? { username } : {}), ...(password !== undefined ? { password } : {}),
    ...(auth.identitytoken ? { identityToken: auth.identitytoken } : {}),
  };
}
