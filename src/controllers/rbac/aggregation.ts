import type { ClusterRole, PolicyRule } from '../../../schema/v1.37/types/rbac-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import { CLUSTER_ROLES } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { canonicalJson } from '../shared/template-hash.ts';

/** The rules of all roles that an aggregated role's selectors name, each once. */
export function aggregatedRules(role: ClusterRole, all: Iterable<ClusterRole>): PolicyRule[] {
  const rules = new Map<string, PolicyRule>();
  const sorted = [...all].sort((left, right) => (left.metadata?.name ?? '').localeCompare(right.metadata?.name ?? ''));
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    for (const other of sorted) {
      if (other.metadata?.name === role.metadata?.name || !matchesLabelSelector(selector, other.metadata?.labels)) continue;
      for (const rule of other.rules ?? []) rules.set(canonicalJson(rule), rule);
    }
  }
  return [...rules.values()];
}

/** Keeps the rules of aggregated ClusterRoles (admin, edit, view and people's own) equal to what they are made of. */
export function startClusterRoleAggregation(context: ControllerContext): RunningController {
  const roles = context.informers.for(CLUSTER_ROLES);
  const queue = new WorkQueue(sync, { name: 'clusterrole-aggregation', logger: context.logger, workers: 1, clock: context.clock });
  const touch = (): void => { for (const role of roles.list()) if (role.aggregationRule) queue.add(role.metadata?.name ?? ''); };
  const stop = roles.onEvent({ add: touch, update: touch, delete: touch });

  async function sync(name: string): Promise<void> {
    await roles.synced();
    const role = roles.get(undefined, name);
    if (!role?.aggregationRule) return;
    const rules = aggregatedRules(role, roles.list());
    if (canonicalJson(rules) !== canonicalJson(role.rules ?? [])) await context.client.update(CLUSTER_ROLES, { ...role, rules });
  }

  return { stop() { stop(); queue.stop(); } };
}
