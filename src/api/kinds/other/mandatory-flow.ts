/** What every cluster has of priority and fairness, and nobody may change. */
import type { FlowSchemaSpec, PriorityLevelConfigurationSpec } from '../../../../schema/v1.37/types/flowcontrol-v1.ts';

/** For everything there is. */
export const EVERYTHING = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};

type Subject = { kind: 'Group'; group: { name: string } };
const group = (name: string): Subject => ({ kind: 'Group', group: { name } });
export const EVERYONE = [group('system:unauthenticated'), group('system:authenticated')];

export const MANDATORY_SCHEMAS: Record<string, FlowSchemaSpec> = {
  exempt: { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 1, rules: [{ subjects: [group('system:masters')], ...EVERYTHING }] },
  'catch-all': { priorityLevelConfiguration: { name: 'catch-all' }, matchingPrecedence: 10000, distinguisherMethod: { type: 'ByUser' }, rules: [{ subjects: EVERYONE, ...EVERYTHING }] },
};

export const MANDATORY_LEVELS: Record<string, PriorityLevelConfigurationSpec> = {
  exempt: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  'catch-all': { type: 'Limited', limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } } },
};
