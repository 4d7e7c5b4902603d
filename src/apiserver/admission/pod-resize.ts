import type { Node, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { podResources } from '../../api/quota/pod-resources.ts';
import { compareQuantities, quantityMilliValue, quantityValue } from '../../api/quantity.ts';
import { StatusError } from '../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../contracts.ts';
import { forbid } from './attributes.ts';

function refused(attributes: AdmissionAttributes, reason: string, message: string): StatusError {
  const error = forbid(attributes, message);
  return new StatusError(error.code, error.reason, error.message, { ...error.details, causes: [{ reason }] });
}

/** What a pod asks for beyond what its node has at all. */
function excess(pod: Pod, node: Node): string[] {
  const requests = podResources(pod.spec!, 'requests');
  const allocatable = node.status?.allocatable ?? {};
  const beyond = (name: string): boolean => compareQuantities(requests[name] ?? '0', allocatable[name] ?? '0') > 0;
  const shown = (name: string, amount: (quantity: string | number) => number): string => `${name}, requested: ${amount(requests[name] ?? '0')}, allocatable: ${amount(allocatable[name] ?? '0')}`;
  return [...(beyond('cpu') ? [shown('cpu', quantityMilliValue)] : []), ...(beyond('memory') ? [shown('memory', quantityValue)] : [])];
}

/** A resize that the pod's node can never grant is refused instead of waiting there for ever. */
export function podResizeValidator(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'PodResizeValidator',
    handles: ({ info, subresource, operation }) => info.group === '' && info.resource === 'pods' && subresource === 'resize' && operation === 'UPDATE',
    validate(attributes) {
      const pod = attributes.object as Pod;
      const name = pod.spec?.nodeName;
      if (!name || pod.metadata?.generation === attributes.oldObject?.metadata?.generation) return;
      const node = reader.get('', 'nodes', '', name) as Node | undefined;
      if (!node) throw forbid(attributes, `node ${JSON.stringify(name)} not found`);
      const system = node.metadata?.labels?.['kubernetes.io/os'] ?? 'linux';
      if (system !== 'linux') throw refused(attributes, 'UnsupportedPlatform', `pod resize is only supported on linux nodes, node ${JSON.stringify(name)} is ${JSON.stringify(system)}`);
      const missing = excess(pod, node);
      if (missing.length > 0) throw refused(attributes, 'NodeCapacity', `node didn't have enough allocatable resources: ${missing.join('; ')}`);
    },
  };
}
