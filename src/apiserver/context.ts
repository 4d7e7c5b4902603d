import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { KindRules } from '../api/kind-rules.ts';
import type { ResourceInfo, Scheme } from '../api/schema.ts';
import type { Storage } from '../storage/storage.ts';
import type { BrowserAccess } from './http/browser-headers.ts';
import type { ApiGroup, GroupDiscovery } from './discovery/documents.ts';
import type { AdmissionPlugin, ObjectReader, UserInfo } from './contracts.ts';
import type { WatchMetrics } from './http/metrics.ts';
import type { StationMetrics } from './http/station-metrics.ts';
import type { ObjectStore } from './registry/object-store.ts';
import type { Answer, Call } from './request/call.ts';
import type { ServiceAllocators } from './services/allocators.ts';

/** naru's settings that verbs look at; all have defaults in `create.ts`. */
export interface ApiServerFlags {
  /** Refuse the same container port twice in a pod (naru) or only warn (upstream). */
  allowDuplicatePorts: boolean;
  serviceCidr: string;
  nodePortRange: [number, number];
  /** Where the `kubernetes` Service leads to. */
  advertiseAddress: string;
  advertisePort: number;
  eventTtlSeconds: number;
  /** Longest a watch lives when the client names no time: a random time from this to twice this. */
  minRequestTimeoutSeconds: number;
  maxBodyBytes: number;
  /** What is no watch and no stream is answered within this time, or with 504. */
  requestTimeoutSeconds: number;
  /** How long a server that is to stop still serves, not ready any more. */
  shutdownDelaySeconds: number;
  /** Requests that run at once; together the seats that priority and fairness shares out. */
  maxRequestsInFlight: number;
  maxMutatingRequestsInFlight: number;
  /** Priority and fairness, or else plain limits. */
  priorityAndFairness: boolean;
  kubeletPort: number;
  browserAccess?: BrowserAccess;
}

/** Answers a POST of an object that is only a question, or mints something: TokenReview, SubjectAccessReview, tokens. */
export type ReviewHandler = (request: { object: KubernetesObject; user: UserInfo; namespace: string; name: string; /** For the Warning header; pushed to. */ warnings?: string[] }) => Promise<KubernetesObject>;

/** Turns a stored object into another served version and back. Must not change what it is given. */
export type Converter = (object: KubernetesObject, to: ResourceInfo) => KubernetesObject | Promise<KubernetesObject>;

/** Groups that other servers serve (APIService), as discovery shows them. */
export interface ExternalGroups {
  groups(): ApiGroup[];
  discoveries(): GroupDiscovery[];
  /** Path in the v3 index -> URL on this server. */
  openApi?(): Iterable<[path: string, url: string]>;
  onChange(listener: () => void): () => void;
}

/** What the verbs work with: made once in `create.ts`, passed by hand. */
export interface ServerContext {
  scheme: Scheme;
  storage: Storage;
  store: ObjectStore;
  objects: ObjectReader;
  admission: AdmissionPlugin[];
  kindRules(group: string, kind: string): KindRules | undefined;
  /** A custom object as a version shows it: converted, pruned, with defaults. Gives the same object when nothing changes. */
  convertCustom?: Converter;
  /** A custom object of the version of a request as it is stored. */
  persistCustom?: Converter;
  externalGroups?: ExternalGroups;
  allocators: ServiceAllocators;
  /** Resources that are not stored but answered by a verb of their own, by `pods.metrics.k8s.io`. */
  computed: Map<string, (context: ServerContext, call: Call) => Promise<Answer>>;
  /** By resource, `tokenreviews.authentication.k8s.io`, or `serviceaccounts/token`. */
  reviews: Map<string, ReviewHandler>;
  /** Client certificate towards the kubelets. */
  kubeletClient?: { certificatePem: string; privateKeyPem: string; caPem?: string };
  /** How much watches were sent. */
  watchMetrics: WatchMetrics;
  /** How long requests are at the stations before their verb, and at admission. */
  stations: StationMetrics;
  flags: ApiServerFlags;
  clock: Clock;
  random: Random;
  log: Logger;
}
