import type { Service } from '../../../schema/v1.37/types/core-v1.ts';
import { StatusError, internalError, invalid } from '../../api/status.ts';
import { AllocationError } from './ip-allocator.ts';
import type { PortPicker } from './port-allocator.ts';

type Spec = NonNullable<Service['spec']>;

export function hasNodePorts(spec: Spec): boolean {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer';
}

function mayAllocate(spec: Spec): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

/** A load balancer finds nodes with endpoints by a port of its own when traffic stays on its node. */
export function needsHealthPort(spec: Spec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** All ports of its nodes that a Service holds. */
export function heldPorts(spec: Spec | undefined): number[] {
  if (!spec) return [];
  const ports = hasNodePorts(spec) ? (spec.ports ?? []).flatMap((port) => (port.nodePort ? [port.nodePort] : [])) : [];
  return [...new Set([...ports, ...(needsHealthPort(spec) && spec.healthCheckNodePort ? [spec.healthCheckNodePort] : [])])];
}

/** Gives each port of the spec its node port, in place; answers with the ones taken now. Ports in `held` are the Service's already. */
export function takeNodePorts(name: string, spec: Spec, held: number[], ports: PortPicker): number[] {
  const taken: number[] = [];
  const refuse = (field: string, value: number, error: unknown): StatusError => {
    taken.forEach((port) => ports.free(port));
    if (!(error instanceof AllocationError)) throw error;
    return invalid('', 'Service', name, [{ type: 'FieldValueInvalid', field, detail: `Invalid value: ${value}: ${error.message}` }]);
  };
  const take = (port: number, field: string): void => {
    if (held.includes(port) || taken.includes(port)) return;
    try {
      ports.take(port);
      taken.push(port);
    } catch (error) {
      throw refuse(field, port, error);
    }
  };
  const takeAny = (): number => {
    try {
      const port = ports.takeAny();
      taken.push(port);
      return port;
    } catch (error) {
      taken.forEach((port) => ports.free(port));
      throw internalError(`failed to allocate a nodePort: ${(error as Error).message}`);
    }
  };
  if (hasNodePorts(spec)) {
    spec.ports?.forEach((port, index) => { if (port.nodePort) take(port.nodePort, `spec.ports[${index}].nodePort`); });
    for (const port of spec.ports ?? []) {
      if (port.nodePort || !mayAllocate(spec)) continue;
      // One number serves both protocols of a port.
      const twin = spec.ports?.find((other) => other !== port && other.port === port.port && other.protocol !== port.protocol && other.nodePort);
      port.nodePort = twin?.nodePort ?? takeAny();
    }
  }
  if (needsHealthPort(spec)) {
    if (spec.healthCheckNodePort) take(spec.healthCheckNodePort, 'spec.healthCheckNodePort');
    else spec.healthCheckNodePort = takeAny();
  }
  return taken;
}
