import type { APIService } from '../../../schema/v1.37/types/apiregistration-v1.ts';
import type { Timer } from '../../base/clock.ts';
import { StatusError } from '../../api/status.ts';
import { family, familyText } from '../../base/metric-text.ts';
import type { RequestInfo } from '../contracts.ts';
import type { ExternalGroups, ServerContext } from '../context.ts';
import type { ApiGroup, GroupDiscovery } from '../discovery/documents.ts';
import type { HandlerOptions } from '../http/handler.ts';
import { sendReply } from '../http/respond.ts';
import { follow } from '../registry/follow.ts';
import { proxyRequest } from '../streams/reverse-proxy.ts';
import { tunnelUpgrade } from '../streams/tunnel.ts';
import { checkAvailability, writeAvailability } from './availability.ts';
import { extensionTarget, isExtension, type FrontProxyClient } from './extension.ts';
import { syncLocalServices } from './local-services.ts';

const PLACE = { group: 'apiregistration.k8s.io', resource: 'apiservices' };
const CHECK_MILLISECONDS = 30_000;
const RETRY_MILLISECONDS = 1000;

interface ApiResource { name: string; singularName?: string; namespaced: boolean; kind: string; group?: string; version?: string; verbs: string[]; shortNames?: string[]; categories?: string[] }
interface Extension { service: APIService; available: boolean; resources: ApiResource[] }

export interface Aggregator extends ExternalGroups {
  /** Starts watching APIServices; the store is loaded by then. */
  start(): Promise<void>;
  stop(): void;
  /** In Prometheus' text form. */
  metricsText(): string;
  serve: NonNullable<HandlerOptions['aggregate']>;
}

/** Gives groups and versions to extension servers, as APIService objects say. */
export function createAggregator(context: () => ServerContext, client: FrontProxyClient): Aggregator {
  const extensions = new Map<string, Extension>();
  const listeners = new Set<() => void>();
  const ends: (() => void)[] = [];
  const timers = new Map<string, Timer>();
  const changed = (): void => listeners.forEach((listener) => listener());

  const check = async (name: string): Promise<void> => {
    const extension = extensions.get(name);
    if (!extension) return;
    const outcome = await checkAvailability(context(), client, extension.service);
    if (extensions.get(name) !== extension) return;
    const text = JSON.stringify([extension.available, extension.resources]);
    extension.available = outcome.available;
    if (outcome.discovery) extension.resources = resourcesIn(outcome.discovery);
    if (JSON.stringify([extension.available, extension.resources]) !== text) changed();
    timers.set(name, context().clock.after(outcome.available ? CHECK_MILLISECONDS : RETRY_MILLISECONDS, () => run(name)));
    await writeAvailability(context(), extension.service, outcome);
  };
  const run = (name: string): void => {
    check(name).catch((error: unknown) => context().log.warn('APIService could not be checked', { name, error }));
  };
  const drop = (name: string): void => {
    timers.get(name)?.cancel();
    timers.delete(name);
    if (extensions.delete(name)) changed();
  };
  const take = (service: APIService): void => {
    const name = service.metadata?.name ?? '';
    const known = extensions.get(name);
    if (!isExtension(service)) return drop(name);
    if (known && JSON.stringify(known.service.spec) === JSON.stringify(service.spec)) { known.service = service; return; }
    drop(name);
    extensions.set(name, { service, available: false, resources: [] });
    changed();
    run(name);
  };

  const groupsOf = (): Map<string, Extension[]> => {
    const groups = new Map<string, Extension[]>();
    for (const extension of extensions.values()) {
      const group = extension.service.spec?.group ?? '';
      groups.set(group, [...(groups.get(group) ?? []), extension].sort((a, b) => (b.service.spec?.versionPriority ?? 0) - (a.service.spec?.versionPriority ?? 0)));
    }
    return groups;
  };
  const find = (info: RequestInfo): Extension | undefined => {
    const [prefix, group, version] = info.path.split('/').slice(1);
    return prefix === 'apis' && version ? extensions.get(`${version}.${group}`) : undefined;
  };

  return {
    metricsText: () => familyText([family('aggregator_unavailable_apiservice', 'gauge', 'Whether an APIService cannot be reached.', [...context().objects.list(PLACE.group, PLACE.resource)].map(({ metadata }) => {
      const name = metadata?.name ?? '';
      return `aggregator_unavailable_apiservice{name="${name}"} ${extensions.get(name)?.available === false ? 1 : 0}`;
    }))]),
    groups: () => [...groupsOf()].map(([name, members]): ApiGroup => {
      const versions = members.map(({ service }) => ({ groupVersion: `${name}/${service.spec?.version}`, version: service.spec?.version ?? '' }));
      return { name, versions, preferredVersion: versions[0] as ApiGroup['preferredVersion'] };
    }),
    discoveries: () => [...groupsOf()].map(([name, members]) => groupDiscovery(name, members)),
    *openApi() {
      for (const { service, available } of extensions.values()) {
        const path = `apis/${service.spec?.group}/${service.spec?.version}`;
        if (available) yield [path, `/openapi/v3/${path}`] as [string, string];
      }
    },
    onChange: (listener) => { listeners.add(listener); return () => listeners.delete(listener); },
    async start() {
      const { scheme, log } = context();
      const sync = (): void => { syncLocalServices(context()).catch((error: unknown) => log.warn('APIServices could not be written', { error })); };
      await syncLocalServices(context());
      ends.push(scheme.onChange(sync));
      ends.push(await follow(context(), PLACE, {
        changed: (object) => take(object as unknown as APIService),
        gone: (object) => drop(object.metadata?.name ?? ''),
      }));
    },
    stop() {
      for (const end of ends) end();
      // Not the timers' names: who is being checked has none now and would get one afterwards.
      for (const name of [...extensions.keys()]) drop(name);
    },
    async serve({ info, request, response, user, upgrade }) {
      const openApi = /^\/openapi\/v3\/(apis\/.+)$/.exec(info.path)?.[1];
      const extension = find(openApi ? { ...info, path: `/${openApi}` } : info);
      if (!extension) return false;
      if (!extension.available) {
        if (upgrade) throw new StatusError(503, 'ServiceUnavailable', 'service unavailable');
        await sendReply(request, response, { code: 503, contentType: 'text/plain; charset=utf-8', bytes: Buffer.from('service unavailable\n') }, []);
        return true;
      }
      const target = await extensionTarget(context(), client, extension.service, request.url ?? '/', user);
      if (upgrade) await tunnelUpgrade(request as Parameters<typeof tunnelUpgrade>[0], upgrade.socket, upgrade.head, target);
      else await proxyRequest(request, response, target);
      return true;
    },
  };
}

function resourcesIn(text: string): ApiResource[] {
  try {
    const { resources } = JSON.parse(text) as { resources?: unknown };
    // What a foreign server tells must not break everybody's discovery.
    return Array.isArray(resources) ? resources.filter((each: Partial<ApiResource> | null): each is ApiResource => typeof each?.name === 'string') : [];
  } catch {
    return [];
  }
}

/** What aggregated discovery shows of a group, from the plain lists its servers gave. */
function groupDiscovery(name: string, members: Extension[]): GroupDiscovery {
  return {
    metadata: { name },
    versions: members.map(({ service, available, resources }) => {
      const version = service.spec?.version ?? '';
      const kindOf = (resource: ApiResource): { group: string; version: string; kind: string } => ({ group: resource.group ?? '', version: resource.version ?? '', kind: resource.kind });
      const whole = resources.filter((resource) => !resource.name.includes('/')).map((resource) => ({
        resource: resource.name, responseKind: kindOf(resource), scope: resource.namespaced ? 'Namespaced' as const : 'Cluster' as const,
        singularResource: resource.singularName ?? '', verbs: resource.verbs, ...(resource.shortNames ? { shortNames: resource.shortNames } : {}),
        ...(resource.categories ? { categories: resource.categories } : {}),
        subresources: resources.filter((other) => other.name.startsWith(`${resource.name}/`)).map((other) => ({
          subresource: other.name.slice(resource.name.length + 1), responseKind: kindOf(other), verbs: other.verbs,
        })),
      }));
      return { version, resources: whole, freshness: available ? 'Current' : 'Stale' };
    }),
  };
}
