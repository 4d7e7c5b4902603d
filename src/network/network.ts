/** What the agent and the composition ask of the network. Each part runs in the node's own network namespace. */

/** Gives a pod's network namespace its interface and addresses. */
export interface PodNetwork {
  /** Idempotent for the same sandbox; returns the pod's addresses, IPv4 first. */
  attach(request: PodNetworkRequest): Promise<PodNetworkResult>;
  detach(sandboxId: string): Promise<void>;
  /** Addresses in use, after a restart: sandbox id -> addresses. */
  attached(): Map<string, string[]>;
}
export interface HostPort { hostPort: number; containerPort: number; protocol: 'TCP' | 'UDP' | 'SCTP'; hostIP?: string }
export interface PodNetworkRequest {
  sandboxId: string; networkNamespacePath: string; hostPorts: HostPort[];
  /** Bytes a second, from the bandwidth annotations. */
  ingressBandwidth?: number; egressBandwidth?: number;
}
export interface PodNetworkResult { addresses: string[] }

/** A node's place in the cluster's network, from Node objects. */
export interface NodeRoute { nodeName: string; podCidrs: string[]; internalAddress: string }
