import type { Node, Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import type { ChoiceIds } from './choice-ids.ts';
import { chooseEndpoints, portEndpoints, type Choice, type ProxyNode } from './endpoints.ts';
import { addPort, emptyFragment, type Fragment } from './ruleset.ts';
import { isLeftToOthers, servicePorts, type ServicePort } from './service-ports.ts';

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** A Service's port with who answers for it here. */
export interface ResolvedPort { port: ServicePort; choice: Choice }
export interface ResolvedService { key: string; ports: ResolvedPort[] }

function keyOf(object: { metadata?: { namespace?: string; name?: string } }): string {
  return `${object.metadata?.namespace}/${object.metadata?.name}`;
}

/** What is known of Services, their endpoints and this node, and which Services changed since they were last resolved. Pure. */
export class ProxyState {
  private readonly ports = new Map<string, ServicePort[]>();
  /** Service -> slice -> content. */
  private readonly slices = new Map<string, Map<string, EndpointSlice>>();
  private readonly serviceOfSlice = new Map<string, string>();
  private readonly dirty = new Set<string>();
  private node: ProxyNode;

  constructor(nodeName: string) {
    this.node = { nodeName };
  }

  get hasChanges(): boolean {
    return this.dirty.size > 0;
  }

  setService(service: Service): void {
    const key = keyOf(service);
    const ports = servicePorts(service);
    if (ports.length > 0) this.ports.set(key, ports);
    else if (!this.ports.delete(key)) return;
    this.dirty.add(key);
  }

  deleteService(service: Service): void {
    if (this.ports.delete(keyOf(service))) this.dirty.add(keyOf(service));
  }

  setSlice(slice: EndpointSlice): void {
    const labels = slice.metadata?.labels;
    const name = labels?.[SERVICE_NAME_LABEL];
    const service = name === undefined || isLeftToOthers(labels) ? undefined : `${slice.metadata?.namespace}/${name}`;
    if (this.serviceOfSlice.get(keyOf(slice)) !== service) this.deleteSlice(slice);
    if (service === undefined) return;
    const slices = this.slices.get(service) ?? new Map<string, EndpointSlice>();
    slices.set(keyOf(slice), slice);
    this.slices.set(service, slices);
    this.serviceOfSlice.set(keyOf(slice), service);
    if (this.ports.has(service)) this.dirty.add(service);
  }

  deleteSlice(slice: EndpointSlice): void {
    const service = this.serviceOfSlice.get(keyOf(slice));
    if (service === undefined) return;
    this.serviceOfSlice.delete(keyOf(slice));
    const slices = this.slices.get(service);
    slices?.delete(keyOf(slice));
    if (slices?.size === 0) this.slices.delete(service);
    if (this.ports.has(service)) this.dirty.add(service);
  }

  /** Of this node: its zone decides over hints. */
  setNode(node: Node): void {
    const zone = node.metadata?.labels?.[ZONE_LABEL];
    if (zone === this.node.zone) return;
    this.node = { nodeName: this.node.nodeName, zone };
    this.touchAll();
  }

  touchAll(): void {
    for (const key of this.ports.keys()) this.dirty.add(key);
  }

  /** What was taken could not be made so: it counts as changed again, also what went away. */
  giveBack(changed: ResolvedService[]): void {
    for (const { key } of changed) this.dirty.add(key);
  }

  /** The Services that changed since the last call; without ports: those that went away. */
  takeChanged(): ResolvedService[] {
    const changed = [...this.dirty].map((key) => ({ key, ports: this.resolve(key) }));
    this.dirty.clear();
    return changed;
  }

  private resolve(key: string): ResolvedPort[] {
    const slices = this.slices.get(key)?.values();
    const known = slices ? [...slices] : [];
    return (this.ports.get(key) ?? []).map((port) => ({ port, choice: chooseEndpoints(portEndpoints(known, port, this.node), this.node) }));
  }
}

export function fragmentOf(service: ResolvedService, ids: ChoiceIds): Fragment | undefined {
  if (service.ports.length === 0) return undefined;
  const fragment = emptyFragment();
  for (const { port, choice } of service.ports) addPort(fragment, port, choice, ids);
  return fragment;
}
