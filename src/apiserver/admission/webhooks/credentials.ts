import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { credentialsOf, type ClientCredentials, type Kubeconfig } from '../../authn/kubeconfig-webhook.ts';

/** Credentials for the server at `host:port`; undefined: it is called without. */
export type CredentialsFor = (host: string, port: number) => ClientCredentials | undefined;

const HTTPS_PORT = 443;

/** Names under which a file may speak of a server, the most exact first: itself, then `*.` and what follows each dot; the port may be left out where it is the usual one. */
export function namesOf(host: string, port: number): string[] {
  const withStars = (target: string): string[] => {
    const parts = target.split('.');
    return [target, ...parts.slice(1).map((_, index) => `*.${parts.slice(index + 1).join('.')}`)];
  };
  return [...withStars(`${host}:${port}`), ...(port === HTTPS_PORT ? withStars(host) : []), '*'];
}

/** The users of a kubeconfig, named after the servers they are for; the one of the current context is for all others. Throws Error when it cannot be read. */
export function readWebhookCredentials(file: string): CredentialsFor {
  const config = parse(readFileSync(file, 'utf8')) as Kubeconfig | null;
  const users = new Map((config?.users ?? []).map(({ name, user }) => [name, credentialsOf(file, user)]));
  const usual = config?.contexts?.find(({ name }) => name === config['current-context'])?.context.user;
  return (host, port) => {
    const name = namesOf(host, port).find((candidate) => users.has(candidate)) ?? usual;
    return name === undefined ? undefined : users.get(name);
  };
}
