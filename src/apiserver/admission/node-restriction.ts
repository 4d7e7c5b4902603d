import { isDeepStrictEqual } from 'node:util';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { CSIDriver } from '../../../schema/v1.37/types/storage-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { notFound } from '../../api/status.ts';
import { parseCertificateRequest } from '../../pki/csr.ts';
import { nodeNameOf } from '../authz/node.ts';
import { podReferences, type PodLike } from '../authz/pod-references.ts';
import type { AdmissionAttributes, AdmissionPlugin, Authorizer, ObjectReader } from '../contracts.ts';
import { forbid, resourceOf } from './attributes.ts';

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
const NODE_SIGNERS = new Set(['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet']);
const q = (text: string): string => JSON.stringify(text);

/** Labels below kubernetes.io and k8s.io that a node may give itself. */
const KUBELET_LABELS = new Set(['kubernetes.io/hostname', 'topology.kubernetes.io/zone', 'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/region', 'beta.kubernetes.io/instance-type', 'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/os', 'beta.kubernetes.io/arch', 'kubernetes.io/os', 'kubernetes.io/arch', 'node.kubernetes.io/windows-build']);
const KUBELET_LABEL_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const within = (domain: string, parents: string[]): boolean => parents.some((parent) => domain === parent || domain.endsWith(`.${parent}`));

/** Labels among the changed ones that a node may not touch, sorted. */
export function forbiddenLabels(labels: Record<string, string> = {}, old: Record<string, string> = {}): string[] {
  const changed = [...new Set([...Object.keys(labels), ...Object.keys(old)])].filter((key) => labels[key] !== old[key]);
  return changed.filter((key) => {
    const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
    if (within(domain, ['node-restriction.kubernetes.io'])) return true;
    const reserved = within(domain, ['kubernetes.io', 'k8s.io']);
    return reserved && !KUBELET_LABELS.has(key) && !within(domain, KUBELET_LABEL_DOMAINS);
  }).sort();
}

function mirrorPodProblem(pod: Pod, node: string, nodeUid: string | undefined): string | undefined {
  const who = `node ${q(node)}`;
  if (pod.metadata?.annotations?.[MIRROR_ANNOTATION] === undefined) return `pod does not have ${q(MIRROR_ANNOTATION)} annotation, ${who} can only create mirror pods`;
  if (pod.spec?.nodeName !== node) return `${who} can only create pods with spec.nodeName set to itself`;
  const owners = pod.metadata.ownerReferences ?? [];
  const [owner] = owners;
  if (owners.length > 1) return `${who} can only create pods with a single owner reference set to itself`;
  if (!owner || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) return `${who} can only create pods with an owner reference set to itself`;
  if (!owner.controller) return `${who} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion) return `${who} must not set blockOwnerDeletion on an owner reference`;
  if (owner.uid !== nodeUid) return `node ${node} UID mismatch: expected ${owner.uid} got ${nodeUid}`;
  const named = podReferences(pod as PodLike);
  const kinds = { serviceaccounts: named.serviceAccount ? 1 : 0, secrets: named.secrets.size, configmaps: named.configMaps.size, persistentvolumeclaims: named.claims.size };
  const referenced = Object.entries(kinds).find(([, count]) => count > 0)?.[0];
  return referenced ? `${who} can not create pods that reference ${referenced}` : undefined;
}

/** A node asks for a pod's certificate only for a pod of its own that mounts one of this signer. */
function podCertificateProblem(reader: ObjectReader, namespace: string, node: string, spec: Record<string, string | undefined>): string | undefined {
  const { nodeName = '', nodeUID, podName = '', podUID, serviceAccountName = '', serviceAccountUID, signerName } = spec;
  const where = q(`${namespace}/${podName}`);
  const pod = reader.get('', 'pods', namespace, podName) as Pod | undefined;
  const uidOf = (resource: string, space: string, name: string): string | undefined => reader.get('', resource, space, name)?.metadata?.uid;
  if (nodeName !== node) return `PodCertificateRequest.Spec.NodeName=${q(nodeName)}, which is not the requesting node ${q(node)}`;
  if (uidOf('nodes', '', node) !== nodeUID) return `PodCertificateRequest for pod ${where} names node UID ${q(nodeUID ?? '')}, inconsistent with the running node (${q(uidOf('nodes', '', node) ?? '')})`;
  if (!pod || pod.metadata?.uid !== podUID) return `PodCertificateRequest for pod ${where} contains pod UID (${q(podUID ?? '')}) which differs from running pod ${q(pod?.metadata?.uid ?? '')}`;
  if (pod.spec?.nodeName !== node) return `pod ${where} is not running on node ${q(node)} named in the PodCertificateRequest`;
  if (pod.metadata?.annotations?.[MIRROR_ANNOTATION] !== undefined) return `pod ${where} is a mirror pod`;
  if (pod.spec.serviceAccountName !== serviceAccountName) return `PodCertificateRequest for pod ${where} contains serviceAccountName (${q(serviceAccountName)}) that differs from running pod (${q(pod.spec.serviceAccountName ?? '')})`;
  if (uidOf('serviceaccounts', namespace, serviceAccountName) !== serviceAccountUID) return `PodCertificateRequest for pod ${where} names service account UID ${q(serviceAccountUID ?? '')}, which differs from the running service account`;
  const mounts = pod.spec.volumes?.some(({ projected }) => projected?.sources?.some(({ podCertificate }) => podCertificate?.signerName === signerName));
  return mounts ? undefined : `pod ${where} does not mount a certificate of signer ${q(signerName ?? '')}`;
}

const withoutOwnStatus = ({ metadata, status, ...rest }: PersistentVolumeClaim): unknown => {
  const { resourceVersion: _, managedFields: __, ...others } = metadata ?? {};
  const { capacity: ___, conditions: ____, allocatedResources: _____, allocatedResourceStatuses: ______, ...state } = status ?? {};
  return { ...rest, metadata: others, status: state };
};

/** Keeps a node's writes to its own objects: what the Node authorizer cannot see from a request's path alone. */
export function nodeRestriction(reader: ObjectReader, authorizer: Authorizer): AdmissionPlugin {
  const getPod = (attributes: AdmissionAttributes, name: string): Pod => {
    const pod = reader.get('', 'pods', attributes.namespace, name);
    if (!pod) throw notFound('', 'pods', name);
    return pod as Pod;
  };

  function podItself(node: string, attributes: AdmissionAttributes): void {
    const { operation, object, name } = attributes;
    if (operation === 'CREATE') {
      const problem = mirrorPodProblem(object as Pod, node, reader.get('', 'nodes', '', node)?.metadata?.uid);
      if (problem) throw forbid(attributes, problem);
    } else if (operation === 'DELETE') {
      if (getPod(attributes, name).spec?.nodeName !== node) throw forbid(attributes, `node ${q(node)} can only delete pods with spec.nodeName set to itself`);
    } else {
      throw forbid(attributes, `unexpected operation ${q(operation)}, node ${q(node)} can only create and delete mirror pods`);
    }
  }

  function podStatus(node: string, attributes: AdmissionAttributes): void {
    if (attributes.operation !== 'UPDATE') throw forbid(attributes, `unexpected operation ${q(attributes.operation)}`);
    const [pod, old] = [attributes.object as Pod, attributes.oldObject as Pod];
    if (old.spec?.nodeName !== node) throw forbid(attributes, `node ${q(node)} can only update pod status for pods with spec.nodeName set to itself`);
    if (!isDeepStrictEqual(pod.metadata?.labels ?? {}, old.metadata?.labels ?? {})) throw forbid(attributes, `node ${q(node)} cannot update labels through pod status`);
    if (!isDeepStrictEqual(pod.status?.resourceClaimStatuses ?? [], old.status?.resourceClaimStatuses ?? [])) throw forbid(attributes, `node ${q(node)} cannot update resource claim statues`);
    if (!isDeepStrictEqual(pod.status?.extendedResourceClaimStatus, old.status?.extendedResourceClaimStatus)) throw forbid(attributes, `node ${q(node)} cannot update extended resource claim status`);
  }

  function podEviction(node: string, attributes: AdmissionAttributes): void {
    const name = attributes.name || attributes.object?.metadata?.name;
    if (!name) throw forbid(attributes, 'could not determine pod from request data');
    if (getPod(attributes, name).spec?.nodeName !== node) throw forbid(attributes, `node ${node} can only evict pods with spec.nodeName set to itself`);
  }

  function nodeObject(name: string, attributes: AdmissionAttributes): void {
    const { operation, object, oldObject } = attributes;
    const requested = attributes.name || object?.metadata?.name || '';
    if (requested !== name) throw forbid(attributes, `node ${q(name)} is not allowed to modify node ${q(requested)}`);
    if (operation !== 'CREATE' && operation !== 'UPDATE') return;
    const [node, old] = [object as Node, oldObject as Node | undefined];
    if (!old) {
      if (node.spec?.configSource) throw forbid(attributes, `node ${q(name)} is not allowed to create pods with a non-nil configSource`);
      const labels = forbiddenLabels(node.metadata?.labels);
      if (labels.length > 0) throw forbid(attributes, `node ${q(name)} is not allowed to set the following labels: ${labels.join(', ')}`);
      return;
    }
    if (node.spec?.configSource && !isDeepStrictEqual(node.spec.configSource, old.spec?.configSource)) throw forbid(attributes, `node ${q(name)} is not allowed to update configSource to a new non-nil configSource`);
    if (!isDeepStrictEqual(node.spec?.taints ?? [], old.spec?.taints ?? [])) throw forbid(attributes, `node ${q(name)} is not allowed to modify taints`);
    if (!isDeepStrictEqual(node.metadata?.ownerReferences ?? [], old.metadata?.ownerReferences ?? [])) throw forbid(attributes, `node ${q(name)} is not allowed to modify ownerReferences`);
    const labels = forbiddenLabels(node.metadata?.labels, old.metadata?.labels);
    if (labels.length > 0) throw forbid(attributes, `is not allowed to modify labels: ${labels.join(', ')}`);
  }

  function claimStatus(node: string, attributes: AdmissionAttributes): void {
    if (attributes.subresource !== 'status') throw forbid(attributes, 'may only update PVC status');
    if (attributes.operation !== 'UPDATE') throw forbid(attributes, `unexpected operation ${q(attributes.operation)}`);
    const same = isDeepStrictEqual(withoutOwnStatus(attributes.object as PersistentVolumeClaim), withoutOwnStatus(attributes.oldObject as PersistentVolumeClaim));
    if (!same) throw forbid(attributes, `node ${q(node)} is not allowed to update fields other than status.quantity and status.conditions`);
  }

  /** A CSI driver may ask for tokens of audiences of its own. */
  function driverAsksFor(driverName: string | undefined, audience: string): boolean {
    const driver = driverName ? reader.get('storage.k8s.io', 'csidrivers', '', driverName) as CSIDriver | undefined : undefined;
    return driver?.spec.tokenRequests?.some((request) => request.audience === audience) ?? false;
  }
  function claimDriver(namespace: string, name: string): string | undefined {
    const claim = reader.get('', 'persistentvolumeclaims', namespace, name) as PersistentVolumeClaim | undefined;
    const volume = claim?.spec?.volumeName ? reader.get('', 'persistentvolumes', '', claim.spec.volumeName) as PersistentVolume | undefined : undefined;
    return volume?.spec?.csi?.driver;
  }
  function podNamesAudience(pod: Pod, audience: string): boolean {
    const { namespace = '', name } = pod.metadata ?? {};
    return (pod.spec?.volumes ?? []).some((volume) => {
      if (volume.projected?.sources?.some(({ serviceAccountToken: token }) => token && (token.audience ?? '') === audience)) return true;
      const claim = volume.ephemeral ? `${name}-${volume.name}` : volume.persistentVolumeClaim?.claimName;
      return driverAsksFor(claim ? claimDriver(namespace, claim) : volume.csi?.driver, audience);
    });
  }

  async function token(node: string, attributes: AdmissionAttributes): Promise<void> {
    if (attributes.operation !== 'CREATE' || attributes.subresource !== 'token') return;
    const spec = attributes.object?.['spec'] as { audiences?: string[]; boundObjectRef?: { apiVersion?: string; kind?: string; name?: string; uid?: string } } | undefined;
    const reference = spec?.boundObjectRef;
    if (!reference?.name || reference.apiVersion !== 'v1' || reference.kind !== 'Pod') throw forbid(attributes, 'node requested token not bound to a pod');
    if (!reference.uid) throw forbid(attributes, 'node requested token with a pod binding without a uid');
    const pod = getPod(attributes, reference.name);
    if (pod.metadata?.uid !== reference.uid) {
      throw forbid(attributes, `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`);
    }
    if (pod.spec?.nodeName !== node) throw forbid(attributes, 'node requested token bound to a pod scheduled on a different node');
    const audiences = spec?.audiences ?? [];
    if (audiences.length > 1) throw forbid(attributes, 'node may only request 0 or 1 audiences');
    const audience = audiences[0] ?? '';
    if (podNamesAudience(pod, audience)) return;
    const { decision } = await authorizer.authorize({
      user: attributes.user, verb: 'request-serviceaccounts-token-audience', isResourceRequest: true, path: '', group: '', version: '*',
      resource: audience, subresource: '', namespace: attributes.namespace, name: attributes.name,
    });
    if (decision !== 'allow') throw forbid(attributes, `${attributes.user.name} is not authorized to request tokens for audience ${q(audience)}`);
  }

  function ownByName(node: string, attributes: AdmissionAttributes, what: string): void {
    const name = attributes.name || attributes.object?.metadata?.name;
    if (name !== node) throw forbid(attributes, `can only access ${what} with the same name as the requesting node`);
  }

  function resourceSlice(node: string, attributes: AdmissionAttributes): void {
    const nodeName = (object: KubernetesObject | undefined): string | undefined => (object?.['spec'] as { nodeName?: string } | undefined)?.nodeName;
    const { operation, object, oldObject } = attributes;
    if (operation === 'CREATE' && nodeName(object) !== node) throw forbid(attributes, `can only create ResourceSlice with the same NodeName as the requesting node`);
    if (operation === 'DELETE' && oldObject && nodeName(oldObject) !== node) throw forbid(attributes, 'can only delete ResourceSlice with the same NodeName as the requesting node');
  }

  async function signingRequest(node: string, attributes: AdmissionAttributes): Promise<void> {
    if (attributes.operation !== 'CREATE') return;
    const spec = attributes.object?.['spec'] as { signerName?: string; request?: string } | undefined;
    if (!NODE_SIGNERS.has(spec?.signerName ?? '')) return;
    let commonName: string;
    try {
      commonName = (await parseCertificateRequest(Buffer.from(spec?.request ?? '', 'base64').toString())).subject.commonName;
    } catch (error) {
      throw forbid(attributes, `unable to parse csr: ${(error as Error).message}`);
    }
    if (commonName !== `system:node:${node}`) throw forbid(attributes, `can only create a node CSR with CN=system:node:${node}`);
  }

  function podCertificateRequest(node: string, attributes: AdmissionAttributes): void {
    if (attributes.operation !== 'CREATE') throw forbid(attributes, `unexpected operation ${attributes.operation}`);
    const spec = (attributes.object?.['spec'] ?? {}) as Record<string, string | undefined>;
    const problem = podCertificateProblem(reader, attributes.namespace, node, spec);
    if (problem) throw forbid(attributes, problem);
  }

  return {
    name: 'NodeRestriction',
    handles: ({ user, operation }) => operation !== 'CONNECT' && nodeNameOf(user) !== undefined,
    admit(attributes) {
      const node = nodeNameOf(attributes.user);
      if (!node) throw forbid(attributes, `could not determine node from user ${q(attributes.user.name)}`);
      switch (resourceOf(attributes)) {
        case 'pods':
          switch (attributes.subresource) {
            case '': return podItself(node, attributes);
            case 'status': return podStatus(node, attributes);
            case 'eviction': return podEviction(node, attributes);
            default: throw forbid(attributes, `unexpected pod subresource ${q(attributes.subresource)}, only 'status' and 'eviction' are allowed`);
          }
        case 'nodes': return nodeObject(node, attributes);
        case 'persistentvolumeclaims': return claimStatus(node, attributes);
        case 'serviceaccounts': return token(node, attributes);
        case 'leases.coordination.k8s.io': return ownByName(node, attributes, 'node lease');
        case 'csinodes.storage.k8s.io': return ownByName(node, attributes, 'CSINode');
        case 'resourceslices.resource.k8s.io': return resourceSlice(node, attributes);
        case 'certificatesigningrequests.certificates.k8s.io': return signingRequest(node, attributes);
        case 'podcertificaterequests.certificates.k8s.io': return podCertificateRequest(node, attributes);
        default: return undefined;
      }
    },
  };
}
