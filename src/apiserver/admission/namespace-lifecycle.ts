import type { Namespace } from '../../../schema/v1.37/types/core-v1.ts';
import { forbidden, notFound } from '../../api/status.ts';
import { sleep } from '../../base/clock.ts';
import type { AdmissionPlugin, ObjectReader } from '../contracts.ts';
import { forbid, resourceOf } from './attributes.ts';

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);
/** A namespace that was made a moment ago by another path may not be in memory yet. */
const MISSING_WAIT_MILLISECONDS = 50;
const ACCESS_REVIEW = 'localsubjectaccessreviews.authorization.k8s.io';

/** The namespace as memory has it, now or a moment later. */
export async function findNamespace(reader: ObjectReader, name: string): Promise<Namespace | undefined> {
  const find = (): Namespace | undefined => reader.get('', 'namespaces', '', name) as Namespace | undefined;
  const found = find();
  if (found) return found;
  await sleep(MISSING_WAIT_MILLISECONDS);
  return find();
}

/** Nothing is created where its namespace is missing or on its way out, and three namespaces cannot be deleted. */
export function namespaceLifecycle(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: ({ operation, namespace, info }) => (operation === 'CREATE' && namespace !== '') || (operation === 'DELETE' && info.resource === 'namespaces'),
    async admit(attributes) {
      const { operation, namespace, name } = attributes;
      const resource = resourceOf(attributes);
      if (resource === 'namespaces') {
        if (operation === 'DELETE' && IMMORTAL.has(name)) throw forbidden('', 'namespaces', name, 'this namespace may not be deleted');
        return;
      }
      if (operation !== 'CREATE' || resource === ACCESS_REVIEW) return;
      const found = await findNamespace(reader, namespace);
      if (!found) throw notFound('', 'namespaces', namespace);
      if (found.status?.phase !== 'Terminating') return;
      const error = forbid(attributes, `unable to create new content in namespace ${namespace} because it is being terminated`);
      error.details!.causes = [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }];
      throw error;
    },
  };
}
