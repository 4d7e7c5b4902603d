/** The two faces of one Event: core `v1`, in which it is stored, and `events.k8s.io/v1`. */
import type { KubernetesObject } from '../object.ts';

/** core field -> events.k8s.io field; all others have one name. */
const RENAMED: [string, string][] = [
  ['involvedObject', 'regarding'], ['message', 'note'], ['source', 'deprecatedSource'], ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'], ['count', 'deprecatedCount'], ['reportingComponent', 'reportingController'],
];
const TO_EVENTS = new Map(RENAMED);
const TO_CORE = new Map(RENAMED.map(([core, events]) => [events, core]));
/** Emitted by core also when empty, left out by events.k8s.io, and the other way round. */
const CORE_ALWAYS = { reportingComponent: '', reportingInstance: '' };

export function convertEvent(event: KubernetesObject, apiVersion: string): KubernetesObject {
  const toCore = apiVersion === 'v1';
  const names = toCore ? TO_CORE : TO_EVENTS;
  const result: KubernetesObject = {};
  for (const name in event) result[names.get(name) ?? name] = event[name];
  result.apiVersion = apiVersion;
  if (toCore) {
    for (const [name, value] of Object.entries(CORE_ALWAYS)) result[name] ??= value;
    return result;
  }
  for (const name of ['reportingController', 'reportingInstance']) if (result[name] === '') delete result[name];
  return result;
}
