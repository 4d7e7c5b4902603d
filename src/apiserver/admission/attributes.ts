import { forbidden, type StatusError } from '../../api/status.ts';
import type { AdmissionAttributes } from '../contracts.ts';

/** `pods`, `leases.coordination.k8s.io`. */
export function resourceOf({ info }: AdmissionAttributes): string {
  return info.group ? `${info.resource}.${info.group}` : info.resource;
}

/** The object itself (no subresource) of one resource, with one of the operations. */
export function concerns(attributes: AdmissionAttributes, resource: string, ...operations: AdmissionAttributes['operation'][]): boolean {
  return attributes.subresource === '' && attributes.info.resource === resource.split('.')[0]
    && operations.includes(attributes.operation) && resourceOf(attributes) === resource;
}

/** The 403 of an admission plugin: names the object by what is known of its name yet. */
export function forbid(attributes: AdmissionAttributes, message: string): StatusError {
  const { info, name, object } = attributes;
  const known = name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown';
  return forbidden(info.group, info.resource, known, message);
}

/** Several messages as one, in Kubernetes' form. */
export function joinMessages(messages: string[]): string {
  return messages.length === 1 ? messages[0]! : `[${messages.join(', ')}]`;
}
