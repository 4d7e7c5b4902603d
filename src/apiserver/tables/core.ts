import type * as core from '../../../schema/v1.37/types/core-v1.ts';
import { canonicalQuantity } from '../../api/quantity.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { accessModes, age, containerCells, labelsText, loadBalancerAddresses, nameOf, since } from './format.ts';
import { podPrinter } from './pod.ts';
import { type Cell, type PrintContext, type Printers, printer } from './printer.ts';

const STORAGE_CLASS = 'volume.beta.kubernetes.io/storage-class';

function externalAddress({ spec, status }: core.Service): string {
  const own = spec?.externalIPs ?? [];
  if (spec?.type === 'ExternalName') return spec.externalName ?? '';
  if (spec?.type === 'LoadBalancer') return [...loadBalancerAddresses(status?.loadBalancer), ...own].join(',') || '<pending>';
  if (spec?.type === 'ClusterIP' || spec?.type === 'NodePort') return own.join(',') || '<none>';
  return '<unknown>';
}

function portsText(ports: core.ServicePort[] | undefined): string {
  return (ports ?? []).map(({ port, nodePort, protocol }) => (nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`)).join(',') || '<none>';
}

function endpointsText({ subsets }: core.Endpoints): string {
  if (!subsets?.length) return '<none>';
  const list: string[] = [];
  for (const { addresses = [], ports = [] } of subsets) {
    if (ports.length === 0) list.push(...addresses.map(({ ip }) => ip));
    for (const { port } of ports) list.push(...addresses.map(({ ip }) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)));
  }
  return list.length > 3 ? `${list.slice(0, 3).join(',')} + ${list.length - 3} more...` : list.join(',');
}

function nodeRoles(node: core.Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata?.labels ?? {})) {
    if (key.startsWith('node-role.kubernetes.io/')) {
      const role = key.slice('node-role.kubernetes.io/'.length);
      if (role) roles.add(role);
    } else if (key === 'kubernetes.io/role' && value) roles.add(value);
  }
  return [...roles].sort().join(',') || '<none>';
}

function nodeCells(node: core.Node, { now }: PrintContext): Cell[] {
  const ready = node.status?.conditions?.findLast(({ type }) => type === 'Ready');
  const states = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown', ...(node.spec?.unschedulable ? ['SchedulingDisabled'] : [])];
  const info = node.status?.nodeInfo;
  const address = (type: string): string => node.status?.addresses?.find((entry) => entry.type === type)?.address ?? '<none>';
  const kernel = (info?.kernelVersion || '<unknown>') + (info?.architecture ? ` (${info.architecture})` : '');
  return [
    nameOf(node), states.join(','), nodeRoles(node), age(node, now), info?.kubeletVersion ?? '', address('InternalIP'), address('ExternalIP'),
    info?.osImage || '<unknown>', kernel, info?.containerRuntimeVersion || '<unknown>',
  ];
}

function quantityText(value: string | number | undefined): string {
  return value == null ? '0' : canonicalQuantity(value);
}

function volumeCells(volume: core.PersistentVolume, { now }: PrintContext): Cell[] {
  const { spec, status, metadata } = volume;
  return [
    nameOf(volume), quantityText(spec?.capacity?.['storage']), accessModes(spec?.accessModes), spec?.persistentVolumeReclaimPolicy ?? '',
    metadata?.deletionTimestamp ? 'Terminating' : status?.phase ?? '', spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
    metadata?.annotations?.[STORAGE_CLASS] ?? spec?.storageClassName ?? '', spec?.volumeAttributesClassName ?? '<unset>', status?.reason ?? '', age(volume, now), spec?.volumeMode ?? '<unset>',
  ];
}

function claimCells(claim: core.PersistentVolumeClaim, { now }: PrintContext): Cell[] {
  const { spec, status, metadata } = claim;
  const bound = Boolean(spec?.volumeName);
  return [
    nameOf(claim), metadata?.deletionTimestamp ? 'Terminating' : status?.phase ?? '', spec?.volumeName ?? '', bound ? quantityText(status?.capacity?.['storage']) : '',
    bound ? accessModes(status?.accessModes) : '', metadata?.annotations?.[STORAGE_CLASS] ?? spec?.storageClassName ?? '', spec?.volumeAttributesClassName ?? '<unset>', age(claim, now), spec?.volumeMode ?? '<unset>',
  ];
}

/** Events have other field names in events.k8s.io than in the core group. */
function eventCells(object: KubernetesObject, { now }: PrintContext): Cell[] {
  const pick = (...names: string[]): unknown => names.map((name) => object[name]).find((value) => value != null && value !== null);
  const text = (...names: string[]): string => (pick(...names) as string | undefined) ?? '';
  const about = (pick('involvedObject', 'regarding') as core.ObjectReference | undefined) ?? {};
  const source = (pick('source', 'deprecatedSource') as core.EventSource | undefined) ?? {};
  const series = pick('series') as { count?: number; lastObservedTime?: string } | undefined;
  const first = since(text('firstTimestamp', 'deprecatedFirstTimestamp') || text('eventTime'), now);
  const lastTime = text('lastTimestamp', 'deprecatedLastTimestamp');
  const last = series ? since(series.lastObservedTime, now) : lastTime ? since(lastTime, now) : first;
  const count = series ? series.count ?? 0 : (pick('count', 'deprecatedCount') as number | undefined) || 1;
  const component = source.component || text('reportingComponent', 'reportingController');
  const instance = source.host || text('reportingInstance');
  const kind = (about.kind ?? '').toLowerCase();
  return [
    last, text('type'), text('reason'), about.name ? `${kind}/${about.name}` : kind, about.fieldPath ?? '', instance ? `${component}, ${instance}` : component,
    text('message', 'note').trim(), first, count, nameOf(object),
  ];
}

function quotaCells(quota: core.ResourceQuota, { now }: PrintContext): Cell[] {
  const { hard = {}, used = {} } = quota.status ?? {};
  const text = (limits: boolean): string => Object.keys(hard).sort().filter((name) => name.startsWith('limits.') === limits)
    .map((name) => `${name}: ${quantityText(used[name])}/${quantityText(hard[name])}`).join(', ');
  return [nameOf(quota), text(false), text(true), age(quota, now)];
}

function componentCells({ metadata, conditions }: core.ComponentStatus): Cell[] {
  const healthy = conditions?.find(({ type }) => type === 'Healthy');
  return [metadata?.name ?? '', healthy ? (healthy.status === 'True' ? 'Healthy' : 'Unhealthy') : 'Unknown', healthy?.message ?? '', healthy?.error ?? ''];
}

const event = printer<KubernetesObject>('-Last Seen|Type|Reason|Object|Subobject+|Source+|Message|First Seen+|Count+|Name@+', eventCells);

export const corePrinters: Printers = {
  '/Pod': podPrinter,
  '/PodTemplate': printer<core.PodTemplate>('Name|Containers|Images|Pod Labels', (object) => [nameOf(object), ...containerCells(object.template?.spec?.containers), labelsText(object.template?.metadata?.labels)]),
  '/Service': printer<core.Service>('Name|Type|Cluster-IP|External-IP|Port(s)|Age|Selector+', (service, { now }) => [
    nameOf(service), service.spec?.type ?? '', service.spec?.clusterIPs?.[0] ?? (service.spec?.clusterIP || '<none>'), externalAddress(service), portsText(service.spec?.ports), age(service, now), labelsText(service.spec?.selector),
  ]),
  '/Endpoints': printer<core.Endpoints>('Name|Endpoints|Age', (object, { now }) => [nameOf(object), endpointsText(object), age(object, now)]),
  '/Node': printer<core.Node>('Name|Status|Roles|Age|Version|Internal-IP+|External-IP+|OS-Image+|Kernel-Version+|Container-Runtime+', nodeCells),
  '/Event': event,
  'events.k8s.io/Event': event,
  '/Namespace': printer<core.Namespace>('Name|Status|Age', (object, { now }) => [nameOf(object), object.status?.phase ?? '', age(object, now)]),
  '/Secret': printer<core.Secret>('Name|Type|Data|Age', (object, { now }) => [nameOf(object), object.type ?? '', Object.keys(object.data ?? {}).length, age(object, now)]),
  '/ConfigMap': printer<core.ConfigMap>('Name|Data|Age', (object, { now }) => [nameOf(object), Object.keys(object.data ?? {}).length + Object.keys(object.binaryData ?? {}).length, age(object, now)]),
  '/ServiceAccount': printer<core.ServiceAccount>('Name|Age', (object, { now }) => [nameOf(object), age(object, now)]),
  '/PersistentVolume': printer<core.PersistentVolume>('Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age|VolumeMode+', volumeCells),
  '/PersistentVolumeClaim': printer<core.PersistentVolumeClaim>('Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|VolumeMode+', claimCells),
  '/ResourceQuota': printer<core.ResourceQuota>('Name|Request|Limit|Age', quotaCells),
  '/ComponentStatus': printer<core.ComponentStatus>('Name|Status|Message|Error', componentCells),
};
