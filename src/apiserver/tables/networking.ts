import type * as networking from '../../../schema/v1.37/types/networking-v1.ts';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import { age, loadBalancerAddresses, nameOf, selectorText, withMore } from './format.ts';
import { type Printers, printer } from './printer.ts';

function hostsText(rules: networking.IngressRule[] | undefined): string {
  const list = rules ?? [];
  const hosts: string[] = [];
  // Rules behind the third host count as more, whether they name a host or not.
  let hasMore = false;
  for (const { host } of list) {
    hasMore ||= hosts.length === 3;
    if (host && !hasMore) hosts.push(host);
  }
  if (hosts.length === 0) return '*';
  return hasMore ? `${hosts.join(',')} + ${list.length - 3} more...` : hosts.join(',');
}

function parametersText({ spec }: networking.IngressClass): string {
  const parameters = spec?.parameters;
  if (!parameters) return '<none>';
  return `${parameters.kind}${parameters.apiGroup == null ? '' : `.${parameters.apiGroup}`}/${parameters.name}`;
}

function parentText({ spec }: networking.IPAddress): string {
  const parent = spec?.parentRef;
  if (!parent) return '<none>';
  const resource = (parent.group ? `${parent.resource}.${parent.group}` : parent.resource ?? '').toLowerCase();
  return [resource, ...(parent.namespace ? [parent.namespace] : []), parent.name ?? ''].join('/');
}

export const networkingPrinters: Printers = {
  'networking.k8s.io/Ingress': printer<networking.Ingress>('Name|Class|Hosts|Address|Ports|Age', (object, { now }) => [
    nameOf(object), object.spec?.ingressClassName ?? '<none>', hostsText(object.spec?.rules), loadBalancerAddresses(object.status?.loadBalancer).join(','), object.spec?.tls?.length ? '80, 443' : '80', age(object, now),
  ]),
  'networking.k8s.io/IngressClass': printer<networking.IngressClass>('Name|Controller|Parameters|Age', (object, { now }) => [
    nameOf(object) + (object.metadata?.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true' ? ' (default)' : ''), object.spec?.controller ?? '', parametersText(object), age(object, now),
  ]),
  'networking.k8s.io/NetworkPolicy': printer<networking.NetworkPolicy>('Name|Pod-Selector|Age', (object, { now }) => [nameOf(object), selectorText(object.spec?.podSelector), age(object, now)]),
  'networking.k8s.io/ServiceCIDR': printer<networking.ServiceCIDR>('Name|CIDRs|Age', (object, { now }) => [nameOf(object), (object.spec?.cidrs ?? []).join(','), age(object, now)]),
  'networking.k8s.io/IPAddress': printer<networking.IPAddress>('Name|ParentRef', (object, { now }) => [nameOf(object), parentText(object), age(object, now)]),
  'discovery.k8s.io/EndpointSlice': printer<EndpointSlice>('Name|AddressType|Ports|Endpoints|Age', (object, { now }) => [
    nameOf(object), object.addressType, withMore((object.ports ?? []).map(({ port, name }) => (port != null ? String(port) : name ?? '*')), 3, '<unset>'),
    withMore((object.endpoints ?? []).flatMap(({ addresses }) => addresses), 3, '<unset>'), age(object, now),
  ]),
};
