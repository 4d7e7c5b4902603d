import type { ReplicaSet } from '../../../schema/v1.37/types/apps-v1.ts';
import type { Node, Pod, Taint } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime } from '../../base/clock.ts';

/** The moment at which unit tests of decisions happen. */
export const NOW = Date.parse('2026-03-01T12:00:00Z');
export const ago = (seconds: number): string => formatTime(NOW - seconds * 1000);

export interface PodOptions {
  node?: string; phase?: string; ready?: boolean; readyFor?: number; age?: number; deleting?: boolean; labels?: Record<string, string>; annotations?: Record<string, string>;
  finalizers?: string[]; restarts?: number; ip?: string;
}

/** A pod that runs and is ready unless told otherwise. */
export function pod(name: string, options: PodOptions = {}): Pod {
  const { phase = 'Running', ready = phase === 'Running', readyFor = 60, age = 120 } = options;
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace: 'default', uid: `uid-${name}`, creationTimestamp: ago(age), labels: options.labels, annotations: options.annotations, finalizers: options.finalizers,
      ...(options.deleting ? { deletionTimestamp: ago(1), deletionGracePeriodSeconds: 30 } : {}),
    },
    spec: { nodeName: options.node, containers: [{ name: 'main' }] },
    status: {
      phase, podIP: options.ip, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: ago(readyFor) }],
      containerStatuses: options.restarts === undefined ? undefined : [{ name: 'main', image: '', imageID: '', ready, restartCount: options.restarts }],
    },
  };
}

export function replicaSet(name: string, replicas: number, available = replicas, options: { age?: number; annotations?: Record<string, string>; image?: string } = {}): ReplicaSet {
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, creationTimestamp: ago(options.age ?? 60), annotations: options.annotations, generation: 1 },
    spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: options.image ?? name }] } } },
    status: { replicas, readyReplicas: available, availableReplicas: available, observedGeneration: 1 },
  };
}

export function node(name: string, options: { labels?: Record<string, string>; taints?: Taint[]; ready?: string; unschedulable?: boolean } = {}): Node {
  return {
    apiVersion: 'v1', kind: 'Node', metadata: { name, labels: options.labels, creationTimestamp: ago(600) },
    spec: { taints: options.taints, unschedulable: options.unschedulable }, status: { conditions: [{ type: 'Ready', status: options.ready ?? 'True', lastTransitionTime: ago(600) }] },
  };
}

export const names = (objects: { metadata?: { name?: string } }[]): string[] => objects.map((object) => object.metadata?.name ?? '');
