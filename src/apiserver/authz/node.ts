import type { AuthorizationAttributes, AuthorizationDecision, ObjectReader, UserInfo } from '../contracts.ts';
import { defaultRules } from './bootstrap-policy.ts';
import { podReferences, volumeNamesSecret, type PodLike, type PodReferences, type VolumeLike } from './pod-references.ts';
import type { PolicyRule } from './rbac-types.ts';
import { ruleAllows } from './rules.ts';

const ALLOW: AuthorizationDecision = { decision: 'allow', reason: '' };
const none = (reason: string): AuthorizationDecision => ({ decision: 'none', reason });

/** The node behind a user; undefined for users that are no node. Shared with the NodeRestriction admission plugin. */
export function nodeNameOf(user: UserInfo): string | undefined {
  return user.name.startsWith('system:node:') && user.groups.includes('system:nodes') ? user.name.slice('system:node:'.length) : undefined;
}

function selects(fieldSelector: string | undefined, field: string, value: string): boolean {
  return (fieldSelector ?? '').split(',').some((term) => {
    const [name, operand] = term.split(/==?/);
    return name === field && operand === value && !term.includes('!=');
  });
}

/**
 * What a node may do: read what the pods bound to it name, and write what it owns. Relationships are looked up backwards, from
 * the asked object to the pods of its one namespace, so that nothing has to be kept in step with every pod of the cluster.
 */
export class NodeAuthorizer {
  private readonly reader: ObjectReader;
  private staticRules: PolicyRule[] | undefined;
  private readonly references = new WeakMap<object, PodReferences>();

  constructor(reader: ObjectReader) {
    this.reader = reader;
  }

  authorize(attributes: AuthorizationAttributes): AuthorizationDecision {
    const node = nodeNameOf(attributes.user);
    if (node === undefined) return none('');
    if (node === '') return none(`unknown node for user ${JSON.stringify(attributes.user.name)}`);
    const special = attributes.isResourceRequest ? this.special(node, attributes) : undefined;
    if (special) return special;
    this.staticRules ??= defaultRules('system:node');
    return this.staticRules.some((rule) => ruleAllows(rule, attributes)) ? ALLOW : none('');
  }

  /** Resources that are subdivided by node; undefined for all others. */
  private special(node: string, attributes: AuthorizationAttributes): AuthorizationDecision | undefined {
    switch (attributes.group ? `${attributes.resource}.${attributes.group}` : attributes.resource) {
      case 'secrets': return this.readNamespaced(node, attributes, (namespace, name) => this.mayReadSecret(node, namespace, name));
      case 'configmaps': return this.readNamespaced(node, attributes, (namespace, name) => this.podNames(node, namespace, (pod) => pod.configMaps.has(name)));
      case 'persistentvolumeclaims': return this.claim(node, attributes);
      case 'persistentvolumes': return this.getOnly(node, attributes, (_, name) => this.mayReadVolume(node, name));
      case 'resourceclaims.resource.k8s.io':
        return this.getOnly(node, attributes, (namespace, name) => this.podNames(node, namespace, (pod) => pod.resourceClaims.has(name)));
      case 'volumeattachments.storage.k8s.io':
        return this.getOnly(node, attributes, (_, name) => this.nodeField('storage.k8s.io', 'volumeattachments', '', name) === node);
      case 'serviceaccounts': return this.serviceAccount(node, attributes);
      case 'leases.coordination.k8s.io': return this.lease(node, attributes);
      case 'csinodes.storage.k8s.io': return this.csiNode(node, attributes);
      case 'resourceslices.resource.k8s.io': return this.resourceSlice(node, attributes);
      case 'podcertificaterequests.certificates.k8s.io': return this.podCertificateRequest(node, attributes);
      case 'nodes': return this.node(node, attributes);
      case 'pods': return this.pod(node, attributes);
      default: return undefined;
    }
  }

  private nodeField(group: string, resource: string, namespace: string, name: string): string | undefined {
    return (this.reader.get(group, resource, namespace, name) as { spec?: { nodeName?: string } } | undefined)?.spec?.nodeName;
  }

  /** Whether a pod of the namespace that is bound to the node passes the test. Mirror pods name nothing. */
  private podNames(node: string, namespace: string, test: (references: PodReferences) => boolean): boolean {
    for (const object of this.reader.list('', 'pods', namespace)) {
      const pod = object as PodLike;
      if (pod.spec?.nodeName !== node || pod.metadata?.annotations?.['kubernetes.io/config.mirror'] !== undefined) continue;
      let references = this.references.get(object);
      if (!references) this.references.set(object, references = podReferences(pod));
      if (test(references)) return true;
    }
    return false;
  }

  private mayReadVolume(node: string, name: string): boolean {
    const volume = this.reader.get('', 'persistentvolumes', '', name) as VolumeLike | undefined;
    const claim = volume?.spec?.claimRef;
    return claim?.namespace !== undefined && this.podNames(node, claim.namespace, (pod) => pod.claims.has(claim.name ?? ''));
  }

  private mayReadSecret(node: string, namespace: string, name: string): boolean {
    if (this.podNames(node, namespace, (pod) => pod.secrets.has(name))) return true;
    for (const object of this.reader.list('', 'persistentvolumes')) {
      const claim = (object as VolumeLike).spec?.claimRef;
      if (claim?.namespace !== undefined && volumeNamesSecret(object as VolumeLike, namespace, name)
        && this.podNames(node, claim.namespace, (pod) => pod.claims.has(claim.name ?? ''))) return true;
    }
    return false;
  }

  private related(node: string, { namespace, name }: AuthorizationAttributes, test: (namespace: string, name: string) => boolean): AuthorizationDecision {
    if (!name) return none('No Object name found');
    return test(namespace, name) ? ALLOW : none(`no relationship found between node '${node}' and this object`);
  }

  private getOnly(node: string, attributes: AuthorizationAttributes, test: (namespace: string, name: string) => boolean): AuthorizationDecision {
    if (attributes.verb !== 'get') return none('can only get individual resources of this type');
    if (attributes.subresource) return none('cannot get subresource');
    return this.related(node, attributes, test);
  }

  private readNamespaced(node: string, attributes: AuthorizationAttributes, test: (namespace: string, name: string) => boolean): AuthorizationDecision {
    if (!['get', 'list', 'watch'].includes(attributes.verb)) return none('can only read resources of this type');
    if (attributes.subresource) return none('cannot read subresource');
    if (!attributes.namespace) return none('can only read namespaced object of this type');
    return this.related(node, attributes, test);
  }

  private claim(node: string, attributes: AuthorizationAttributes): AuthorizationDecision {
    const test = (namespace: string, name: string): boolean => this.podNames(node, namespace, (pod) => pod.claims.has(name));
    if (attributes.subresource !== 'status') return this.getOnly(node, attributes, test);
    if (!['update', 'patch'].includes(attributes.verb)) return none('can only get/update/patch this type');
    return this.related(node, attributes, test);
  }

  private serviceAccount(node: string, attributes: AuthorizationAttributes): AuthorizationDecision {
    const test = (namespace: string, name: string): boolean => this.podNames(node, namespace, (pod) => pod.serviceAccount === name);
    if (attributes.verb === 'get' && !attributes.subresource) return this.readNamespaced(node, attributes, test);
    if (attributes.verb !== 'create' || !attributes.name) return none('can only create tokens for individual service accounts');
    if (attributes.subresource !== 'token') return none('can only create token subresource of serviceaccount');
    return this.related(node, attributes, test);
  }

  private lease(node: string, { verb, namespace, name }: AuthorizationAttributes): AuthorizationDecision {
    if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return none('can only get, create, update, patch, or delete a node lease');
    if (namespace !== 'kube-node-lease') return none('can only access leases in the "kube-node-lease" system namespace');
    if (verb !== 'create' && name !== node) return none('can only access node lease with the same name as the requesting node');
    return ALLOW;
  }

  private csiNode(node: string, { verb, subresource, name }: AuthorizationAttributes): AuthorizationDecision {
    if (subresource === 'status') return none('CSINode status access requires CSIVolumeHealth feature');
    if (subresource) return none('cannot authorize CSINode subresources');
    if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return none('can only get, create, update, patch, or delete a CSINode');
    if (verb !== 'create' && name !== node) return none('can only access CSINode with the same name as the requesting node');
    return ALLOW;
  }

  private resourceSlice(node: string, attributes: AuthorizationAttributes): AuthorizationDecision {
    if (attributes.subresource) return none('cannot authorize ResourceSlice subresources');
    switch (attributes.verb) {
      case 'create': return ALLOW;
      case 'get': case 'update': case 'patch': case 'delete':
        return this.related(node, attributes, (_, name) => this.nodeField('resource.k8s.io', 'resourceslices', '', name) === node);
      case 'list': case 'watch': case 'deletecollection':
        return selects(attributes.fieldSelector, 'spec.nodeName', node) ? ALLOW
          : none('can only list/watch/deletecollection resourceslices with nodeName field selector');
      default:
        return none('only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection');
    }
  }

  private podCertificateRequest(node: string, attributes: AuthorizationAttributes): AuthorizationDecision {
    if (attributes.subresource) return none('nodes may not access the status subresource of PodCertificateRequests');
    switch (attributes.verb) {
      case 'create': return ALLOW;
      case 'get':
        return this.related(node, attributes, (namespace, name) => this.nodeField('certificates.k8s.io', 'podcertificaterequests', namespace, name) === node);
      case 'list': case 'watch':
        return selects(attributes.fieldSelector, 'spec.nodeName', node) ? ALLOW : none('can only list/watch podcertificaterequests with nodeName field selector');
      default: return none(`nodes may not ${attributes.verb} podcertificaterequests`);
    }
  }

  private node(node: string, { verb, subresource, name }: AuthorizationAttributes): AuthorizationDecision {
    if (subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOW : none('');
    if (subresource) return none('');
    switch (verb) {
      case 'create': case 'update': case 'patch': return ALLOW;
      case 'get': case 'list': case 'watch':
        if (name === node) return ALLOW;
        return none(name ? `node '${node}' cannot read '${name}', only its own Node object` : `node '${node}' cannot read all nodes, only its own Node object`);
      default: return none('');
    }
  }

  private pod(node: string, attributes: AuthorizationAttributes): AuthorizationDecision {
    const { verb, subresource, name, fieldSelector } = attributes;
    if (subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOW : none('');
    if (subresource === 'eviction') return verb === 'create' ? ALLOW : none('');
    if (subresource) return none('');
    const bound = (namespace: string, podName: string): boolean => this.nodeField('', 'pods', namespace, podName) === node;
    switch (verb) {
      case 'get': return this.getOnly(node, attributes, bound);
      case 'list': case 'watch':
        if (selects(fieldSelector, 'spec.nodeName', node)) return ALLOW;
        return name ? this.related(node, attributes, bound) : none('can only list/watch pods with spec.nodeName field selector');
      case 'create': case 'delete': return ALLOW;
      default: return none('');
    }
  }
}
