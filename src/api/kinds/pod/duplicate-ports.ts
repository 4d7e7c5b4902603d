import type { AnyContainer } from './context.ts';
import { isSidecar } from './context.ts';
import type { Container, PodSpec } from './types.ts';
import type { Findings } from '../common/findings.ts';

type Owners = Map<string, string>;

function checkPorts(findings: Findings, path: string, container: AnyContainer, owners: Owners): void {
  const ports = container.ports;
  if (!ports) return;
  for (let index = 0; index < ports.length; index++) {
    const { containerPort, protocol = 'TCP' } = ports[index] as { containerPort: number; protocol?: string };
    if (!containerPort) continue;
    const key = `${containerPort}/${protocol}`;
    const at = `${path}.ports[${index}].containerPort`;
    const owner = owners.get(key);
    if (owner == null) owners.set(key, at);
    else findings.duplicate(at, containerPort, `port ${key} stands first at ${owner}; containers of one pod share its addresses, so only one can listen there`);
  }
}

/**
 * naru's own rule: containers that run side by side share the pod's network, so one port number and protocol may stand
 * in it once. Init containers that end before the next one starts are only checked within themselves.
 */
export function validateDuplicatePorts(findings: Findings, path: string, spec: PodSpec): void {
  const shared: Owners = new Map();
  const visit = (kind: 'initContainers' | 'containers', containers: Container[] | undefined): void => {
    if (!containers) return;
    for (let index = 0; index < containers.length; index++) {
      const container = containers[index] as Container;
      const alone = kind === 'initContainers' && !isSidecar(container);
      checkPorts(findings, `${path}.${kind}[${index}]`, container, alone ? new Map() : shared);
    }
  };
  visit('initContainers', spec.initContainers);
  visit('containers', spec.containers);
}
