import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceType } from '../../client/client.ts';
import { APISERVICES, CUSTOM_RESOURCE_DEFINITIONS } from '../../client/resources.ts';
import type { ControllerContext } from './context.ts';

interface ResourceList { resources?: { name: string; kind: string; namespaced: boolean; verbs: string[] }[] }
interface GroupList { groups?: { name: string; preferredVersion: { groupVersion: string; version: string } }[] }

/** Calm after the last change of CRDs before discovery is asked again. */
const SETTLE_MILLISECONDS = 100;
const RETRY_MILLISECONDS = 1000;

export type AnyResource = ResourceType<KubernetesObject> & { verbs: string[] };

/** Every resource that can be listed, watched and deleted, in its group's preferred version. */
export async function discoverResources(context: ControllerContext): Promise<AnyResource[]> {
  const groups = (await context.client.raw('GET', '/apis')) as GroupList;
  const places = [{ group: '', version: 'v1', path: '/api/v1' }, ...(groups.groups ?? []).map((entry) => ({
    group: entry.name, version: entry.preferredVersion.version, path: `/apis/${entry.preferredVersion.groupVersion}`,
  }))];
  const lists = await Promise.all(places.map(async (place) => {
    // A group whose server is away is left out; the others count.
    const list = (await context.client.raw('GET', place.path).catch(() => ({}))) as ResourceList;
    return (list.resources ?? []).filter((resource) => !resource.name.includes('/') && ['list', 'watch', 'delete'].every((verb) => resource.verbs.includes(verb)))
      .map((resource): AnyResource => ({ group: place.group, version: place.version, resource: resource.name, kind: resource.kind, namespaced: resource.namespaced, verbs: resource.verbs }));
  }));
  // The newer event group shows the same objects again.
  return lists.flat().filter((type) => type.group !== 'events.k8s.io');
}

/** What `discoverResources` finds, asked for again after a change, and after a failure. */
export function rememberResources(context: ControllerContext): { types(): Promise<AnyResource[]>; stop(): void } {
  let known: Promise<AnyResource[]> | undefined;
  const stop = onResourcesChanged(context, () => { known = undefined; });
  return {
    stop,
    types() {
      if (known) return known;
      const asked = discoverResources(context);
      known = asked;
      asked.catch(() => { if (known === asked) known = undefined; });
      return asked;
    },
  };
}

/**
 * Calls `changed` now and whenever CRDs or API services changed what can be served, and again when it fails. Returns the function that
 * ends it.
 */
export function onResourcesChanged(context: ControllerContext, changed: () => void | Promise<void>): () => void {
  let over = false;
  const run = (): void => {
    void Promise.resolve().then(changed).catch((error: Error) => {
      context.logger.debug('discovery failed', { error: error.message });
      if (!over) plan(RETRY_MILLISECONDS);
    });
  };
  let timer = context.clock.after(0, run);
  const plan = (milliseconds: number): void => { timer.cancel(); timer = context.clock.after(milliseconds, run); };
  const later = (): void => plan(SETTLE_MILLISECONDS);
  const spec = (object: KubernetesObject, old: KubernetesObject): void => {
    if (JSON.stringify([object['spec'], conditions(object)]) !== JSON.stringify([old['spec'], conditions(old)])) later();
  };
  const stops = [
    context.informers.for(CUSTOM_RESOURCE_DEFINITIONS).onEvent({ add: later, update: spec, delete: later }),
    context.informers.for(APISERVICES).onEvent({ add: later, update: spec, delete: later }),
  ];
  return () => { over = true; timer.cancel(); for (const stop of stops) stop(); };
}

function conditions(object: KubernetesObject): unknown {
  const list = (object['status'] as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? [];
  return list.map((condition) => [condition.type, condition.status]);
}
