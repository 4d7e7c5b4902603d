import { createHash } from 'node:crypto';
import { encodeProtobuf } from '../../api/codec/protobuf.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Scheme } from '../../api/schema.ts';
import type { ServerContext } from '../context.ts';
import { encodePlain } from '../http/encode.ts';
import type { PlainRequest } from '../http/handler.ts';
import { JSON_TYPE, PROTOBUF_TYPE, negotiate, parseAccept } from '../http/negotiate.ts';
import { sendReply } from '../http/respond.ts';
import { methodNotAllowed, unknownResource } from '../verbs/dispatch.ts';
import { apiGroups, apiResourceList, apiVersions, groupDiscoveries } from './documents.ts';
import { discoverySchema } from './protobuf-schema.ts';

const utf8 = new TextEncoder();
interface Aggregated { bytes: Uint8Array; tag: string }

/** Serves /api and /apis and what is below them, plain or aggregated into one document. */
export function createDiscovery(context: ServerContext): (plain: PlainRequest) => Promise<boolean> {
  const { scheme } = context;
  const aggregated = new Map<string, Aggregated>();
  scheme.onChange(() => aggregated.clear());
  const external = context.externalGroups;
  external?.onChange(() => aggregated.clear());

  const aggregate = (core: boolean, form: typeof JSON_TYPE | typeof PROTOBUF_TYPE): Aggregated => {
    const key = `${core}/${form}`;
    const kept = aggregated.get(key);
    if (kept) return kept;
    const items = [...groupDiscoveries(scheme, core), ...(core ? [] : external?.discoveries() ?? [])];
    const list = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
    const json = utf8.encode(JSON.stringify(list));
    const bytes = form === JSON_TYPE ? json : encodeProtobuf(list as unknown as KubernetesObject, discoverySchema());
    // One tag for both forms, as they say the same.
    const document = { bytes, tag: createHash('sha512').update(json).digest('hex').toUpperCase() };
    aggregated.set(key, document);
    return document;
  };

  const sendAggregated = async ({ request, response }: PlainRequest, core: boolean, form: typeof JSON_TYPE | typeof PROTOBUF_TYPE): Promise<true> => {
    const { bytes, tag } = aggregate(core, form);
    const headers = { etag: `"${tag}"`, vary: 'Accept', 'cache-control': 'public' };
    const contentType = `${form};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`;
    const isKnown = String(request.headers['if-none-match'] ?? '').includes(tag);
    await sendReply(request, response, { code: isKnown ? 304 : 200, contentType, bytes: isKnown ? new Uint8Array() : bytes, headers }, []);
    return true;
  };

  const resourceList = (group: string, version: string): Record<string, unknown> | undefined => {
    const list = apiResourceList(scheme, group, version);
    // A group of ours says in its own words that it has no such version.
    if (!list && scheme.resources().some((info) => info.group === group && info.builtIn)) throw unknownResource();
    return list;
  };
  const document = (path: string): Record<string, unknown> | undefined => {
    const parts = path.replace(/^\/|\/$/g, '').split('/');
    if (parts[0] === 'api') {
      if (parts.length === 1) return apiVersions(`${context.flags.advertiseAddress}:${context.flags.advertisePort}`);
      return parts.length === 2 ? resourceList('', parts[1] as string) : undefined;
    }
    if (parts[0] !== 'apis') return undefined;
    const groups = [...apiGroups(scheme), ...(external?.groups() ?? [])];
    if (parts.length === 1) return { kind: 'APIGroupList', apiVersion: 'v1', groups };
    const group = groups.find(({ name }) => name === parts[1]);
    if (parts.length === 2) return group && { kind: 'APIGroup', apiVersion: 'v1', ...group };
    return parts.length === 3 ? resourceList(parts[1] as string, parts[2] as string) : undefined;
  };

  return async (plain) => {
    const { info, request, response } = plain;
    const path = info.path.replace(/\/$/, '');
    if (path !== '/api' && path !== '/apis' && !path.startsWith('/api/') && !path.startsWith('/apis/')) return false;
    const accept = request.headers.accept as string | undefined;
    const form = (path === '/api' && info.method === 'GET') || path === '/apis' ? aggregatedForm(accept) : undefined;
    if (form) return sendAggregated(plain, path === '/api', form);
    const found = document(path);
    if (!found) return false;
    const isRouted = path.startsWith('/api/') || path === '/api' || isBuiltIn(scheme, path);
    if (isRouted && info.method !== 'GET') throw methodNotAllowed();
    const plainForm = negotiate(accept, [], false, isRouted ? 'object' : 'none');
    const bytes = await encodePlain(context, found as unknown as KubernetesObject, plainForm);
    await sendReply(request, response, { code: 200, contentType: plainForm.mediaType, bytes }, []);
    return true;
  };
}

/** In which form the aggregated document is wanted before any plain one. */
function aggregatedForm(accept: string | undefined): typeof JSON_TYPE | typeof PROTOBUF_TYPE | undefined {
  for (const { type, parameters } of parseAccept(accept ?? '')) {
    if (type !== JSON_TYPE && type !== PROTOBUF_TYPE) continue;
    if (parameters['as'] === undefined) return undefined;
    if (parameters['as'] === 'APIGroupDiscoveryList' && parameters['g'] === 'apidiscovery.k8s.io' && parameters['v'] === 'v2') return type;
  }
  return undefined;
}

/** Whether a path names a group and version of our own, which is served as resources are: by GET alone. */
function isBuiltIn(scheme: Scheme, path: string): boolean {
  const [, , group, version] = path.split('/');
  return version !== undefined && scheme.resources().some((info) => info.builtIn && info.group === group && info.version === version);
}
