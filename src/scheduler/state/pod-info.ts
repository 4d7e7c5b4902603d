import type { Pod, PodAffinityTerm } from '../../../schema/v1.37/types/core-v1.ts';
import type { LabelSelector } from '../../../schema/v1.37/types/meta-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import { podRequests, type Resources } from './pod-resources.ts';

export interface HostPort { protocol: string; hostIP: string; port: number }

/** A term of pod (anti-)affinity with its namespaces worked out. */
export class AffinityTerm {
  readonly topologyKey: string;
  readonly weight: number;
  private readonly namespaces: Set<string>;
  private readonly namespaceSelector: LabelSelector | undefined;
  private readonly selector: LabelSelector | undefined;

  constructor(term: PodAffinityTerm, ownNamespace: string, weight: number) {
    this.topologyKey = term.topologyKey;
    this.weight = weight;
    this.selector = term.labelSelector;
    this.namespaceSelector = term.namespaceSelector;
    this.namespaces = new Set(term.namespaces?.length || term.namespaceSelector ? term.namespaces : [ownNamespace]);
  }

  /** Whether a pod of that namespace is one the term speaks of. */
  matches(pod: PodInfo, namespaceLabels: Record<string, string> | undefined): boolean {
    if (!this.namespaces.has(pod.namespace) && !matchesLabelSelector(this.namespaceSelector, namespaceLabels)) return false;
    return matchesLabelSelector(this.selector, pod.labels);
  }
}

interface Terms { requiredAffinity: AffinityTerm[]; requiredAntiAffinity: AffinityTerm[]; preferredAffinity: AffinityTerm[]; preferredAntiAffinity: AffinityTerm[] }

const NO_TERMS: Terms = { requiredAffinity: [], requiredAntiAffinity: [], preferredAffinity: [], preferredAntiAffinity: [] };

function termsOf(pod: Pod, namespace: string): Terms {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return NO_TERMS;
  const required = (terms: PodAffinityTerm[] = []): AffinityTerm[] => terms.map((term) => new AffinityTerm(term, namespace, 0));
  const preferred = (terms: { weight: number; podAffinityTerm: PodAffinityTerm }[] = []): AffinityTerm[] =>
    terms.map((term) => new AffinityTerm(term.podAffinityTerm, namespace, term.weight));
  return {
    requiredAffinity: required(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: required(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: preferred(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredAntiAffinity: preferred(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution),
  };
}

function hostPortsOf(pod: Pod): HostPort[] {
  const ports: HostPort[] = [];
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const port of container.ports ?? []) {
      if (port.hostPort) ports.push({ protocol: port.protocol || 'TCP', hostIP: port.hostIP || '0.0.0.0', port: port.hostPort });
    }
  }
  return ports;
}

/** A pod with what the scheduler reads from it again and again. */
export class PodInfo {
  /** Its newest form; all else here is derived from its spec and resources. */
  pod: Pod;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `namespace/name` */
  readonly key: string;
  readonly labels: Record<string, string>;
  readonly priority: number;
  readonly requests: Resources;
  /** Requests with defaults for cpu and memory: for scores only. */
  readonly scoredRequests: Resources;
  readonly hostPorts: HostPort[];
  readonly terms: Terms;
  /** Names of the claims that its volumes use, with those of generic ephemeral volumes. */
  readonly claims: { name: string; ephemeral: boolean }[];
  readonly terminating: boolean;

  constructor(pod: Pod) {
    this.pod = pod;
    this.namespace = pod.metadata?.namespace ?? '';
    this.name = pod.metadata?.name ?? '';
    this.uid = pod.metadata?.uid ?? '';
    this.key = `${this.namespace}/${this.name}`;
    this.labels = pod.metadata?.labels ?? {};
    this.priority = pod.spec?.priority ?? 0;
    this.requests = podRequests(pod);
    this.scoredRequests = podRequests(pod, true);
    this.hostPorts = hostPortsOf(pod);
    this.terms = termsOf(pod, this.namespace);
    this.claims = [];
    for (const volume of pod.spec?.volumes ?? []) {
      if (volume.persistentVolumeClaim) this.claims.push({ name: volume.persistentVolumeClaim.claimName, ephemeral: false });
      else if (volume.ephemeral) this.claims.push({ name: `${this.name}-${volume.name}`, ephemeral: true });
    }
    this.terminating = pod.metadata?.deletionTimestamp !== undefined;
  }

  hasAffinityTerms(): boolean { return this.terms !== NO_TERMS; }
}
