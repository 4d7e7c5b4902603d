import type { LabelSelector } from '../../../schema/v1.37/types/meta-v1.ts';
import type { InformerSet } from '../../client/informer.ts';
import {
  CSI_NODES, NAMESPACES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, POD_DISRUPTION_BUDGETS, REPLICA_SETS, REPLICATION_CONTROLLERS, SERVICES,
  STATEFUL_SETS, STORAGE_CLASSES,
} from '../../client/resources.ts';
import type { ClusterObjects } from './cluster.ts';

/** Reads the objects that plugins want from informers. */
export function informerObjects(informers: InformerSet): ClusterObjects {
  const namespaces = informers.for(NAMESPACES);
  const services = informers.for(SERVICES);
  const replicaSets = informers.for(REPLICA_SETS);
  const statefulSets = informers.for(STATEFUL_SETS);
  const replicationControllers = informers.for(REPLICATION_CONTROLLERS);
  const claims = informers.for(PERSISTENT_VOLUME_CLAIMS);
  const volumes = informers.for(PERSISTENT_VOLUMES);
  const storageClasses = informers.for(STORAGE_CLASSES);
  const csiNodes = informers.for(CSI_NODES);
  const budgets = informers.for(POD_DISRUPTION_BUDGETS);
  return {
    namespaceLabels: (namespace) => namespaces.get(undefined, namespace)?.metadata?.labels,
    services: (namespace) => services.list(namespace),
    ownerSelector(namespace, kind, name): LabelSelector | undefined {
      if (kind === 'ReplicaSet') return replicaSets.get(namespace, name)?.spec?.selector;
      if (kind === 'StatefulSet') return statefulSets.get(namespace, name)?.spec?.selector;
      if (kind !== 'ReplicationController') return undefined;
      const selector = replicationControllers.get(namespace, name)?.spec?.selector;
      return selector && { matchLabels: selector };
    },
    claim: (namespace, name) => claims.get(namespace, name),
    volume: (name) => volumes.get(undefined, name),
    volumes: () => volumes.list(),
    storageClass: (name) => storageClasses.get(undefined, name),
    csiNode: (name) => csiNodes.get(undefined, name),
    disruptionBudgets: () => budgets.list(),
  };
}
