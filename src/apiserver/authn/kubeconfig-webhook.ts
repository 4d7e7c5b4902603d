import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { postJson } from '../transport/post-json.ts';

/** A kubeconfig file, as far as the server reads it. */
export interface Kubeconfig {
  'current-context'?: string;
  clusters?: { name: string; cluster: { server: string; 'certificate-authority'?: string; 'certificate-authority-data'?: string; 'insecure-skip-tls-verify'?: boolean; 'tls-server-name'?: string } }[];
  users?: { name: string; user: KubeconfigUser }[];
  contexts?: { name: string; context: { cluster: string; user?: string } }[];
}
export interface KubeconfigUser {
  'client-certificate'?: string; 'client-certificate-data'?: string; 'client-key'?: string; 'client-key-data'?: string;
  token?: string; tokenFile?: string; username?: string; password?: string;
}

/** How a program shows who it is: by certificate, or by a header. */
export interface ClientCredentials { tls: { cert?: string; key?: string }; headers(): Record<string, string> }

/** A server that a kubeconfig file names, asked by POST. */
export interface KubeconfigWebhook {
  /** Rejects with WebhookError on anything but a success within the time. */
  post(body: object): Promise<unknown>;
  close(): void;
}

export class WebhookError extends Error {
  override name = 'WebhookError';
  /** Of the answer; absent when there was none. */
  readonly code: number | undefined;
  constructor(message: string, code?: number) {
    super(message);
    this.code = code;
  }
}

/** The file is read once. Throws Error that names it when it is no good. */
export function createKubeconfigWebhook(path: string, timeoutMilliseconds: number, userAgent: string): KubeconfigWebhook {
  const { url, tls, headers } = readTarget(path);
  const agent = new Agent({ keepAlive: true, maxSockets: 32, maxFreeSockets: 4, timeout: 60_000, ...tls });
  return {
    async post(body) {
      const options = { agent, headers: { 'user-agent': userAgent, ...headers() } };
      const { code, text } = await postJson(url, options, body, timeoutMilliseconds).catch((error: Error) => {
        throw new WebhookError(`Post "${url}": ${error.message}`);
      });
      if (code < 200 || code >= 300) throw new WebhookError(text.trim().slice(0, 256) || `the server answered with the status code ${code}`, code);
      try {
        return text === '' ? undefined : JSON.parse(text);
      } catch (error) {
        throw new WebhookError(`the answer could not be read: ${(error as Error).message}`, code);
      }
    },
    close: () => agent.destroy(),
  };
}

/** Files are read relative to the one that names them. */
function readPem(kubeconfig: string, data: string | undefined, name: string | undefined): string | undefined {
  return data ? Buffer.from(data, 'base64').toString() : name ? readBeside(kubeconfig, name) : undefined;
}
const readBeside = (kubeconfig: string, name: string): string => readFileSync(isAbsolute(name) ? name : join(dirname(kubeconfig), name), 'utf8');
const given = <T extends object>(found: T): { [K in keyof T]?: Exclude<T[K], undefined> } => Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as never;

/** What a kubeconfig's user comes to. Throws Error when a file is missing. */
export function credentialsOf(kubeconfig: string, user: KubeconfigUser): ClientCredentials {
  const basic = user.username ? `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}` : undefined;
  return {
    tls: given({ cert: readPem(kubeconfig, user['client-certificate-data'], user['client-certificate']), key: readPem(kubeconfig, user['client-key-data'], user['client-key']) }),
    headers() {
      // A token file may be written anew at any time.
      const token = user.tokenFile ? readBeside(kubeconfig, user.tokenFile).trim() : user.token;
      const authorization = token ? `Bearer ${token}` : basic;
      const found: Record<string, string> = authorization ? { authorization } : {};
      return found;
    },
  };
}

function readTarget(path: string): { url: string; tls: object; headers(): Record<string, string> } {
  const config = parse(readFileSync(path, 'utf8')) as Kubeconfig | null;
  const context = config?.contexts?.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config?.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  if (!cluster?.server) throw new Error(`${path}: the current context names no server`);
  if (!cluster.server.startsWith('https://')) throw new Error(`${path}: the server must be reached by https`);
  const { tls, headers } = credentialsOf(path, config?.users?.find(({ name }) => name === context?.user)?.user ?? {});
  const ca = readPem(path, cluster['certificate-authority-data'], cluster['certificate-authority']);
  return { url: cluster.server, tls: { ...tls, ...given({ ca, servername: cluster['tls-server-name'] }), rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true }, headers };
}
