import type { KubernetesObject } from '../../api/object.ts';
import type { ObjectReader } from '../contracts.ts';
import type { ObjectStore } from './object-store.ts';

/** Synchronous reads for authorizers and admission. Answers from what is loaded; `createApiServer` loads all built-in kinds first. */
export function createObjectReader(store: ObjectStore): ObjectReader {
  return {
    get(group, resource, namespace, name) {
      const hub = store.hub({ group, resource });
      return hub.get(hub.key(namespace || undefined, name))?.object;
    },
    *list(group, resource, namespace): Iterable<KubernetesObject> {
      for (const cached of store.hub({ group, resource }).values(namespace ? { namespace } : {})) yield cached.object;
    },
    revision: (group, resource) => store.hub({ group, resource }).lastChange(),
  };
}
