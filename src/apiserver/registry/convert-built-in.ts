import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import { autoscalingToV1, autoscalingToV2 } from './convert-autoscaling.ts';

type Fields = Record<string, unknown>;

/** core/v1 Event field -> events.k8s.io/v1 Event field, where the names differ. */
const EVENT_FIELDS: [string, string][] = [
  ['involvedObject', 'regarding'], ['message', 'note'], ['source', 'deprecatedSource'], ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'], ['count', 'deprecatedCount'], ['reportingComponent', 'reportingController'],
];

/** An object in another version of its kind. The versions of most kinds share their fields; the others are handled by name. */
export function convertBuiltIn(object: KubernetesObject, target: ResourceInfo): KubernetesObject {
  const apiVersion = target.group ? `${target.group}/${target.version}` : target.version;
  if (target.kind === 'Event') return { ...renameEventFields(object, target.group !== ''), apiVersion };
  if (target.group === 'autoscaling' && target.kind === 'HorizontalPodAutoscaler') {
    return target.version === 'v1' ? autoscalingToV1(object) : autoscalingToV2(object);
  }
  return { ...object, apiVersion };
}

function renameEventFields(object: KubernetesObject, toEvents: boolean): KubernetesObject {
  const renamed: Fields = { ...object };
  for (const [core, events] of EVENT_FIELDS) {
    const [from, to] = toEvents ? [core, events] : [events, core];
    const value = renamed[from];
    delete renamed[from];
    if (value !== undefined) renamed[to] = value;
  }
  return renamed as KubernetesObject;
}
