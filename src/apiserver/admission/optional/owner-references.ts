import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../../api/object.ts';
import type { Scheme } from '../../../api/schema.ts';
import type { AdmissionAttributes, AdmissionPlugin, AuthorizationAttributes, Authorizer } from '../../contracts.ts';
import { forbid, resourceOf } from '../attributes.ts';

type OwnerReference = NonNullable<NonNullable<KubernetesObject['metadata']>['ownerReferences']>[number];

const referencesOf = (object: KubernetesObject | undefined): OwnerReference[] => object?.metadata?.ownerReferences ?? [];

/** References that keep their owner from being deleted and did not do so before. */
export function newBlockingReferences(object: KubernetesObject | undefined, oldObject: KubernetesObject | undefined): OwnerReference[] {
  const before = new Map(referencesOf(oldObject).map((reference) => [reference.uid, reference]));
  return referencesOf(object).filter((reference) => reference.blockOwnerDeletion === true && before.get(reference.uid)?.blockOwnerDeletion !== true);
}

/** Who says that an object belongs to another one decides when it is deleted; and when the other one may be. He must be allowed to. */
export function ownerReferencesPermission(authorizer: Authorizer, scheme: Scheme): AdmissionPlugin {
  async function refusal(attributes: AdmissionAttributes, asked: Omit<AuthorizationAttributes, 'user' | 'path' | 'isResourceRequest'>): Promise<string | undefined> {
    const { decision, reason, error } = await authorizer.authorize({ user: attributes.user, path: '', isResourceRequest: true, ...asked });
    return decision === 'allow' ? undefined : `${reason}, ${error ?? '<nil>'}`;
  }

  async function checkOwner(attributes: AdmissionAttributes, { apiVersion, kind, name }: OwnerReference): Promise<void> {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') as [string, string] : ['', apiVersion];
    const info = scheme.kind(group, version, kind);
    if (!info) {
      throw forbid(attributes, `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`);
    }
    const refused = await refusal(attributes, { verb: 'update', group, version, resource: info.resource, subresource: 'finalizers', name, namespace: info.namespaced ? attributes.namespace : '' });
    if (refused !== undefined) throw forbid(attributes, `cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: ${refused}`);
  }

  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: (attributes) => (attributes.operation === 'CREATE' || attributes.operation === 'UPDATE') && !(resourceOf(attributes) === 'pods' && attributes.subresource === 'status'),
    async validate(attributes) {
      const { operation, object, oldObject, info, namespace, name, subresource } = attributes;
      if (isDeepStrictEqual(referencesOf(object), referencesOf(oldObject))) return;
      if (operation !== 'CREATE') {
        const refused = await refusal(attributes, { verb: 'delete', group: info.group, version: info.version, resource: info.resource, subresource, namespace, name });
        if (refused !== undefined) throw forbid(attributes, `cannot set an ownerRef on a resource you can't delete: ${refused}`);
      }
      const blocking = newBlockingReferences(object, oldObject);
      if (blocking.length === 0) return;
      if (await refusal(attributes, { verb: 'update', group: '*', version: '*', resource: '*', subresource: 'finalizers', namespace: '', name: '*' }) === undefined) return;
      for (const reference of blocking) await checkOwner(attributes, reference);
    },
  };
}
