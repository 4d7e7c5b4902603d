import { alreadyExists, notFound, type StatusError } from '../../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../../contracts.ts';
import { forbid, resourceOf } from '../attributes.ts';
import { findNamespace } from '../namespace-lifecycle.ts';

/** Makes a namespace of that name; rejects as the API server does. */
export type NamespaceMaker = (name: string) => Promise<void>;

const inNamespace = (attributes: AdmissionAttributes): boolean => attributes.namespace !== '' && resourceOf(attributes) !== 'namespaces';

/** What is created in a namespace that does not exist brings it about. */
export function namespaceAutoProvision(reader: ObjectReader, make: NamespaceMaker): AdmissionPlugin {
  return {
    name: 'NamespaceAutoProvision',
    handles: (attributes) => attributes.operation === 'CREATE' && !attributes.dryRun && inNamespace(attributes),
    async admit(attributes) {
      const { namespace } = attributes;
      if (reader.get('', 'namespaces', '', namespace)) return;
      try {
        await make(namespace);
      } catch (error) {
        if ((error as StatusError).reason !== alreadyExists('', 'namespaces', namespace).reason) throw forbid(attributes, (error as Error).message);
      }
    },
  };
}

export function namespaceExists(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'NamespaceExists',
    handles: (attributes) => attributes.operation !== 'CONNECT' && inNamespace(attributes),
    async validate({ namespace }) {
      if (!await findNamespace(reader, namespace)) throw notFound('', 'namespaces', namespace);
    },
  };
}
