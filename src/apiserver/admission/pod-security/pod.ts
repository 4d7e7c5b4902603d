import type { Container, PodSpec } from '../../../../schema/v1.37/types/core-v1.ts';

/** What checks look at. */
export interface CheckedPod { annotations: Record<string, string>; spec: PodSpec }

export type Version = number;
export const LATEST: Version = Number.POSITIVE_INFINITY;

/** undefined: nothing to object. `reason` is short, `detail` says which containers. */
export type Finding = { reason: string; detail: string } | undefined;
export interface Check {
  id: string;
  level: 'baseline' | 'restricted';
  /** Minor version of 1.x from which on the check counts. */
  since: Version;
  /** Baseline checks that this restricted one stands for. */
  overrides?: string[];
  check(pod: CheckedPod, version: Version): Finding;
}

export function containersOf(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...((spec.ephemeralContainers ?? []) as Container[])];
}

/** Names of the containers that fail a test. */
export function failing(spec: PodSpec, bad: (container: Container) => boolean): string[] {
  return containersOf(spec).filter(bad).map(({ name }) => name);
}

export const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);
export const quoted = (items: Iterable<string>): string => [...items].map((item) => `"${item}"`).join(', ');
export const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort();
/** `container "a"`, `containers "a", "b"`. */
export const named = (names: string[]): string => `${plural('container', 'containers', names.length)} ${quoted(names)}`;
/** `pod`, `container "a"`, `pod and containers "a", "b"`. */
export const setters = (pod: boolean, names: string[]): string => [...(pod ? ['pod'] : []), ...(names.length > 0 ? [named(names)] : [])].join(' and ');

export const isWindows = (spec: PodSpec): boolean => spec.os?.name === 'windows';
/** Pods in a user namespace of their own may be root inside. */
export const hasOwnUsers = (spec: PodSpec, version: Version): boolean => version >= 35 && spec.hostUsers === false;
