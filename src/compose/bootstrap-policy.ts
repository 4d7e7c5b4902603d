import type { KubernetesObject } from '../api/object.ts';
import { bootstrapPolicy, reconcilePolicy } from '../apiserver/authz/bootstrap-policy.ts';
import type { Client, ResourceType } from '../client/client.ts';
import { CLUSTER_ROLES, CLUSTER_ROLE_BINDINGS, ROLES, ROLE_BINDINGS } from '../client/resources.ts';

const TYPES: Record<string, ResourceType<KubernetesObject>> = {
  ClusterRole: CLUSTER_ROLES, ClusterRoleBinding: CLUSTER_ROLE_BINDINGS, Role: ROLES, RoleBinding: ROLE_BINDINGS,
} as Record<string, ResourceType<KubernetesObject>>;

/** Makes the default roles and bindings, and gives back what somebody took from them; what people added stays. */
export async function reconcileBootstrapPolicy(client: Client): Promise<void> {
  const lists = await Promise.all(Object.entries(TYPES).map(async ([kind, type]) => {
    const { items } = await client.list(type);
    return items.map((item): [string, KubernetesObject] => [`${kind} ${item.metadata?.namespace ?? ''}/${item.metadata?.name}`, item]);
  }));
  const existing = new Map(lists.flat());
  await Promise.all(bootstrapPolicy().map((expected) => {
    const type = TYPES[expected.kind ?? ''] as ResourceType<KubernetesObject>;
    const found = existing.get(`${expected.kind} ${expected.metadata?.namespace ?? ''}/${expected.metadata?.name}`);
    if (!found) return client.create(type, expected);
    const mended = reconcilePolicy(found, expected);
    return mended ? client.update(type, mended) : undefined;
  }));
}
