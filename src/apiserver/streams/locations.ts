import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { badRequest, invalid, notFound, type FieldError } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import type { Call } from '../request/call.ts';
import { integer } from '../request/options.ts';
import { isTrue } from '../request/request-info.ts';
import { chooseContainer } from './containers.ts';
import { kubeletOf, type KubeletAddress } from './kubelet.ts';

/** A place at a kubelet. */
export interface KubeletLocation { kubelet: KubeletAddress; path: string }

export async function podOf(context: ServerContext, namespace: string, name: string): Promise<Pod> {
  const cached = await context.store.get({ group: '', resource: 'pods' }, namespace, name);
  if (!cached) throw notFound('', 'pods', name);
  return cached.object as unknown as Pod;
}

/** Where a container's log is; undefined while the pod has no node, which shows as an empty log. */
export async function logLocation(context: ServerContext, call: Call): Promise<KubeletLocation | undefined> {
  const { namespace, name, query } = call.info;
  const errors = logOptionErrors(query);
  if (errors.length) throw invalid('', 'PodLogOptions', name, errors);
  const pod = await podOf(context, namespace, name);
  const container = chooseContainer(pod, query.get('container') ?? '');
  if (!pod.spec?.nodeName) return undefined;
  const passed = new URLSearchParams();
  for (const flag of ['follow', 'previous', 'timestamps']) if (isTrue(query.get(flag))) passed.set(flag, 'true');
  for (const value of ['sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes', 'stream']) if (query.get(value)) passed.set(value, query.get(value) as string);
  return { kubelet: await kubeletOf(context, pod.spec.nodeName, 'pods'), path: withQuery(`/containerLogs/${namespace}/${name}/${container}`, passed) };
}

function logOptionErrors(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const least = (name: string, minimum: number, text: string): void => {
    const value = integer(query, name);
    if (query.get(name) && value < minimum) errors.push({ type: 'FieldValueInvalid', field: name, detail: `Invalid value: ${value}: ${text}` });
  };
  least('tailLines', 0, 'must be greater than or equal to 0');
  least('limitBytes', 1, 'must be greater than 0');
  least('sinceSeconds', 1, 'must be greater than 0');
  if (query.get('sinceSeconds') && query.get('sinceTime')) {
    errors.push({ type: 'FieldValueForbidden', field: '[]', detail: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified' });
  }
  return errors;
}

/** Where exec, attach or port-forward of a pod ends. */
export async function streamLocation(context: ServerContext, call: Call): Promise<KubeletLocation> {
  const { namespace, name, query, subresource } = call.info;
  const pod = await podOf(context, namespace, name);
  const container = subresource === 'portforward' ? '' : chooseContainer(pod, query.get('container') ?? '');
  if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  const kubelet = await kubeletOf(context, pod.spec.nodeName, 'pods');
  if (subresource === 'portforward') {
    const ports = query.getAll('ports').flatMap((text) => text.split(',')).filter((text) => text !== '');
    return { kubelet, path: withQuery(`/portForward/${namespace}/${name}`, new URLSearchParams(ports.length ? { port: ports.join(',') } : {})) };
  }
  return { kubelet, path: withQuery(`/${subresource}/${namespace}/${name}/${container}`, streamParameters(query)) };
}

/** The kubelet's names for which streams are wanted. */
function streamParameters(query: URLSearchParams): URLSearchParams {
  const passed = new URLSearchParams();
  for (const [ours, theirs] of [['stdin', 'input'], ['stdout', 'output'], ['stderr', 'error'], ['tty', 'tty']] as const) {
    // Attaching shows output and errors unless told otherwise; exec asks for what it wants.
    if (isTrue(query.get(ours))) passed.set(theirs, '1');
  }
  for (const part of query.getAll('command')) passed.append('command', part);
  return passed;
}

function withQuery(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}
