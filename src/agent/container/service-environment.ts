import type { Service } from '../../../schema/v1.37/types/core-v1.ts';

/** Variables that tell a container of the Services there were when it started, in the names Docker links used. */
export function serviceEnvironment(services: Iterable<Service>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const service of services) {
    const ports = service.spec?.ports ?? [];
    const address = service.spec?.clusterIP;
    const first = ports[0];
    if (!address || address === 'None' || service.spec?.type === 'ExternalName' || !first) continue;
    const prefix = variableName(service.metadata?.name ?? '');
    const host = address.includes(':') ? `[${address}]` : address;
    variables[`${prefix}_SERVICE_HOST`] = address;
    variables[`${prefix}_SERVICE_PORT`] = String(first.port);
    for (const port of ports) if (port.name) variables[`${prefix}_SERVICE_PORT_${variableName(port.name)}`] = String(port.port);
    for (const [index, port] of ports.entries()) {
      const protocol = port.protocol ?? 'TCP';
      const url = `${protocol.toLowerCase()}://${host}:${port.port}`;
      const stem = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
      if (index === 0) variables[`${prefix}_PORT`] = url;
      variables[stem] = url;
      variables[`${stem}_PROTO`] = protocol.toLowerCase();
      variables[`${stem}_PORT`] = String(port.port);
      variables[`${stem}_ADDR`] = address;
    }
  }
  return variables;
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
