import { createHash } from 'node:crypto';
import type { KubernetesObject } from '../../api/object.ts';
import type { ServerContext } from '../context.ts';
import { encodePlain } from '../http/encode.ts';
import type { PlainRequest } from '../http/handler.ts';
import { negotiate, parseAccept } from '../http/negotiate.ts';
import { sendReply } from '../http/respond.ts';
import { apiGroups, apiResourceList, apiVersions, groupDiscoveries } from './documents.ts';

const utf8 = new TextEncoder();

/** Serves /api and /apis and what is below them, plain or aggregated into one document. */
export function createDiscovery(context: ServerContext): (plain: PlainRequest) => Promise<boolean> {
  const { scheme } = context;
  const aggregated = new Map<string, { bytes: Uint8Array; tag: string }>();
  scheme.onChange(() => aggregated.clear());
  const external = context.externalGroups;
  external?.onChange(() => aggregated.clear());

  const aggregate = (core: boolean, version: string): { bytes: Uint8Array; tag: string } => {
    const key = `${core}/${version}`;
    let document = aggregated.get(key);
    if (!document) {
      const items = [...groupDiscoveries(scheme, core), ...(core ? [] : external?.discoveries() ?? [])];
      const bytes = utf8.encode(JSON.stringify({ kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items }));
      document = { bytes, tag: createHash('sha512').update(bytes).digest('hex').toUpperCase() };
      aggregated.set(key, document);
    }
    return document;
  };

  const sendAggregated = async ({ request, response }: PlainRequest, core: boolean, version: string): Promise<true> => {
    const { bytes, tag } = aggregate(core, version);
    const headers = { etag: `"${tag}"`, vary: 'Accept' };
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    const known = String(request.headers['if-none-match'] ?? '');
    if (known.includes(tag)) await sendReply(request, response, { code: 304, contentType, bytes: new Uint8Array(), headers }, []);
    else await sendReply(request, response, { code: 200, contentType, bytes, headers }, []);
    return true;
  };

  const document = (path: string): Record<string, unknown> | undefined => {
    const parts = path.replace(/^\/|\/$/g, '').split('/');
    if (parts[0] === 'api') {
      if (parts.length === 1) return apiVersions(`${context.flags.advertiseAddress}:${context.flags.advertisePort}`);
      return parts.length === 2 ? apiResourceList(scheme, '', parts[1] as string) : undefined;
    }
    if (parts[0] !== 'apis') return undefined;
    const groups = [...apiGroups(scheme), ...(external?.groups() ?? [])];
    if (parts.length === 1) return { kind: 'APIGroupList', apiVersion: 'v1', groups };
    const group = groups.find(({ name }) => name === parts[1]);
    if (parts.length === 2) return group && { kind: 'APIGroup', apiVersion: 'v1', ...group };
    return parts.length === 3 ? apiResourceList(scheme, parts[1] as string, parts[2] as string) : undefined;
  };

  return async (plain) => {
    const { info, request, response } = plain;
    const path = info.path.replace(/\/$/, '');
    if (path !== '/api' && path !== '/apis' && !path.startsWith('/api/') && !path.startsWith('/apis/')) return false;
    const accept = request.headers.accept as string | undefined;
    const version = path === '/api' || path === '/apis' ? aggregatedVersion(accept) : undefined;
    if (version) return sendAggregated(plain, path === '/api', version);
    const found = document(path);
    if (!found) return false;
    // JSON wherever the client takes it: that is what it can cache with the aggregated form.
    const form = negotiate(accept?.includes('application/json') || accept?.includes('*/*') ? undefined : accept, [], false);
    await sendReply(request, response, { code: 200, contentType: form.mediaType, bytes: await encodePlain(context, found as unknown as KubernetesObject, form), headers: { vary: 'Accept' } }, []);
    return true;
  };
}

/** Which version of the aggregated form is wanted before any plain one. */
function aggregatedVersion(accept: string | undefined): string | undefined {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    if (type !== 'application/json') continue;
    if (parameters['as'] === 'APIGroupDiscoveryList' && parameters['g'] === 'apidiscovery.k8s.io') return ['v2', 'v2beta1'].find((version) => version === parameters['v']);
    if (parameters['as'] === undefined) return undefined;
  }
  return undefined;
}
