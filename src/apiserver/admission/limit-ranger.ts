import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod, PodSpec } from '../../../schema/v1.37/types/core-v1.ts';
import { canonicalQuantity, compareQuantities, quantityNumber } from '../../api/quantity.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../contracts.ts';
import { concerns, forbid, joinMessages } from './attributes.ts';
import { podResources, type ResourceList } from '../../api/quota/pod-resources.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

function fillContainer(container: Container, limits: ResourceList, requests: ResourceList, what: string, notes: string[]): void {
  const fill = (part: 'requests' | 'limits', defaults: ResourceList): void => {
    const missing = Object.keys(defaults).filter((name) => container.resources?.[part]?.[name] === undefined).sort();
    if (missing.length === 0) return;
    const filled = { ...container.resources?.[part] };
    for (const name of missing) filled[name] = defaults[name]!;
    container.resources = { ...container.resources, [part]: filled };
    notes.push(`${missing.join(', ')} ${part === 'requests' ? 'request' : 'limit'} for ${what} ${container.name}`);
  };
  fill('requests', requests);
  fill('limits', limits);
}

/** In place: the defaults of one LimitRange for containers, and a note of what was set. */
export function applyDefaults(pod: Pod, range: LimitRange): void {
  const limits: ResourceList = {};
  const requests: ResourceList = {};
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== 'Container') continue;
    Object.assign(limits, item.default);
    Object.assign(requests, item.defaultRequest);
  }
  const notes: string[] = [];
  for (const container of pod.spec?.containers ?? []) fillContainer(container, limits, requests, 'container', notes);
  for (const container of pod.spec?.initContainers ?? []) fillContainer(container, limits, requests, 'init container', notes);
  if (notes.length === 0) return;
  pod.metadata = { ...pod.metadata, annotations: { ...pod.metadata?.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` } };
}

interface Amounts { requests: ResourceList; limits: ResourceList }
type Quantity = string | number;

const less = (left: Quantity, right: Quantity): boolean => compareQuantities(left, right) < 0;

function minimum(type: string, name: string, enforced: Quantity, { requests, limits }: Amounts): string | undefined {
  const start = `minimum ${name} usage per ${type} is ${canonicalQuantity(enforced)}`;
  const [request, limit] = [requests[name], limits[name]];
  if (request === undefined) return `${start}.  No request is specified`;
  if (less(request, enforced)) return `${start}, but request is ${canonicalQuantity(request)}`;
  if (limit !== undefined && less(limit, enforced)) return `${start}, but limit is ${canonicalQuantity(limit)}`;
  return undefined;
}

function maximum(type: string, name: string, enforced: Quantity, { requests, limits }: Amounts): string | undefined {
  const start = `maximum ${name} usage per ${type} is ${canonicalQuantity(enforced)}`;
  const [request, limit] = [requests[name], limits[name]];
  if (limit === undefined) return `${start}.  No limit is specified`;
  if (less(enforced, limit)) return `${start}, but limit is ${canonicalQuantity(limit)}`;
  if (request !== undefined && less(enforced, request)) return `${start}, but request is ${canonicalQuantity(request)}`;
  return undefined;
}

/** Claims know requests only. */
function maximumRequest(type: string, name: string, enforced: Quantity, { requests }: Amounts): string | undefined {
  const start = `maximum ${name} usage per ${type} is ${canonicalQuantity(enforced)}`;
  const request = requests[name];
  if (request === undefined) return `${start}.  No request is specified`;
  return less(enforced, request) ? `${start}, but request is ${canonicalQuantity(request)}` : undefined;
}

function ratio(type: string, name: string, enforced: Quantity, { requests, limits }: Amounts): string | undefined {
  const start = `${name} max limit to request ratio per ${type} is ${canonicalQuantity(enforced)}`;
  const request = requests[name] === undefined ? 0 : quantityNumber(requests[name]);
  const limit = limits[name] === undefined ? 0 : quantityNumber(limits[name]);
  if (request === 0) return `${start}, but no request is specified or request is 0`;
  if (limit === 0) return `${start}, but no limit is specified or limit is 0`;
  return limit / request > quantityNumber(enforced) ? `${start}, but provided ratio is ${(limit / request).toFixed(6)}` : undefined;
}

type Check = (type: string, name: string, enforced: Quantity, amounts: Amounts) => string | undefined;

function checkAmounts(item: LimitRangeItem, amounts: Amounts, checks: [ResourceList | undefined, Check][]): string[] {
  return checks.flatMap(([list, check]) => Object.entries(list ?? {})
    .map(([name, enforced]) => check(item.type, name, enforced, amounts)).filter((message) => message !== undefined));
}

const amountsOf = ({ resources }: Container): Amounts => ({ requests: resources?.requests ?? {}, limits: resources?.limits ?? {} });

/** Everything in which a pod breaks a LimitRange. */
export function podViolations(pod: Pod, range: LimitRange): string[] {
  const spec: PodSpec = pod.spec ?? { containers: [] };
  return (range.spec?.limits ?? []).flatMap((item) => {
    const checks: [ResourceList | undefined, Check][] = [[item.min, minimum], [item.max, maximum], [item.maxLimitRequestRatio, ratio]];
    if (item.type === 'Container') return [...spec.containers, ...(spec.initContainers ?? [])].flatMap((container) => checkAmounts(item, amountsOf(container), checks));
    if (item.type === 'Pod') return checkAmounts(item, { requests: podResources(spec, 'requests'), limits: podResources(spec, 'limits') }, checks);
    return [];
  });
}

export function claimViolations(claim: PersistentVolumeClaim, range: LimitRange): string[] {
  const amounts = { requests: claim.spec?.resources?.requests ?? {}, limits: {} };
  return (range.spec?.limits ?? []).filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => checkAmounts(item, amounts, [[item.min, minimum], [item.max, maximumRequest]]));
}

export function limitRanger(reader: ObjectReader): AdmissionPlugin {
  const ranges = (namespace: string): Iterable<LimitRange> => reader.list('', 'limitranges', namespace) as Iterable<unknown> as Iterable<LimitRange>;
  const isPod = (attributes: AdmissionAttributes): boolean => attributes.info.resource === 'pods' && attributes.info.group === '';
  return {
    name: 'LimitRanger',
    handles(attributes) {
      if (attributes.oldObject?.metadata?.deletionTimestamp) return false;
      return concerns(attributes, 'pods', 'CREATE') || concerns(attributes, 'persistentvolumeclaims', 'CREATE', 'UPDATE')
        || (isPod(attributes) && attributes.subresource === 'resize' && attributes.operation === 'UPDATE');
    },
    admit(attributes) {
      if (!isPod(attributes)) return;
      for (const range of ranges(attributes.namespace)) applyDefaults(attributes.object as Pod, range);
    },
    validate(attributes) {
      for (const range of ranges(attributes.namespace)) {
        const messages = isPod(attributes) ? podViolations(attributes.object as Pod, range) : claimViolations(attributes.object as PersistentVolumeClaim, range);
        if (messages.length > 0) throw forbid(attributes, joinMessages(messages));
      }
    },
  };
}
