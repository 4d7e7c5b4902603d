import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { PodNetwork } from '../../network/network.ts';
import type { ImageService, Runtime } from '../../runtime/runtime.ts';
import type { EnvironmentSources } from '../container/environment.ts';
import type { DnsSurroundings } from '../container/resolv-conf.ts';
import type { ImageManager } from '../images/image-manager.ts';
import type { ObjectCache } from '../object-cache.ts';
import type { AgentPaths } from '../options.ts';
import type { ResourceList } from '../quantities.ts';
import type { System } from '../system.ts';
import type { PayloadSources } from '../volumes/projected.ts';
import type { PodCertificates } from '../volumes/pod-certificate.ts';
import type { TokenSource } from '../volumes/token.ts';
import { containerFieldPath, type ContainerEntry } from './specs.ts';
import type { StatusManager } from './status-manager.ts';

/** What all pods of a node share. */
export interface PodContext {
  nodeName: string;
  hostIPs: string[];
  client: Client;
  runtime: Runtime;
  images: ImageService;
  imageManager: ImageManager;
  podNetwork: PodNetwork;
  system: System;
  objects: ObjectCache;
  tokens: TokenSource;
  certificates: PodCertificates;
  statuses: StatusManager;
  events: EventRecorder;
  paths: AgentPaths;
  cgroupRoot: string;
  dns: DnsSurroundings;
  clock: Clock;
  random: Random;
  logger: Logger;
  startedAt: number;
  memoryCapacity: number;
  allocatable(): ResourceList;
  services: EnvironmentSources['services'];
  apiServer: EnvironmentSources['apiServer'];
  trustBundles: PayloadSources['trustBundles'];
  /** Whether a new size of this pod fits beside the others. */
  resizeFits(pod: Pod): { fits: true } | { fits: false; reason: 'Deferred' | 'Infeasible'; message: string };
}

/** Objects of lists carry no kind; Events need one. */
export function podReference(pod: Pod): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata };
}

export function podEvent(context: PodContext, pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, entry?: ContainerEntry): void {
  context.events.event(podReference(pod), type, reason, message, entry && containerFieldPath(entry));
}

export function podDirectory(context: Pick<PodContext, 'paths'>, uid: string): string {
  return `${context.paths.pods}/${uid}`;
}
/** Below the node's memory file system. */
export function podMemoryDirectory(context: Pick<PodContext, 'paths'>, uid: string): string {
  return `${context.paths.root}/memory/${uid}`;
}
