import { describePolicy, isPrivileged, PRIVILEGED, samePolicy, type LevelVersion, type Policy } from './policy.ts';

/** Whom the standards do not concern. */
export interface Exemptions { usernames: string[]; namespaces: string[]; runtimeClasses: string[] }
/** Of an admission configuration. `defaults`: what counts in namespaces without labels. */
export interface PodSecuritySettings { defaults: Policy; exemptions: Exemptions }

export const NO_SETTINGS: PodSecuritySettings = { defaults: PRIVILEGED, exemptions: { usernames: [], namespaces: [], runtimeClasses: [] } };

/** Why a request is exempt; undefined when it is not. */
export function exemptionOf({ usernames, namespaces }: Exemptions, namespace: string, user: string): 'namespace' | 'user' | undefined {
  return namespaces.includes(namespace) ? 'namespace' : usernames.includes(user) ? 'user' : undefined;
}

const equivalent = (one: LevelVersion, other: LevelVersion): boolean => samePolicy(one, other) || (one.level === 'privileged' && other.level === 'privileged');

/** What a user is told who labels a namespace for which labels do not count; undefined when they say nothing new. */
export function ignoredPolicyWarning(namespace: string, policy: Policy, defaults: Policy, labels: Record<string, string> = {}): string | undefined {
  const modes = ['enforce', 'audit', 'warn'] as const;
  if (isPrivileged(policy) || modes.every((mode) => equivalent(policy[mode], defaults[mode]))) return undefined;
  const given = modes.filter((mode) => policy[mode].level !== 'privileged' && [`pod-security.kubernetes.io/${mode}`, `pod-security.kubernetes.io/${mode}-version`].some((label) => label in labels));
  return `namespace ${JSON.stringify(namespace)} is exempt from Pod Security, and the policy (${given.map((mode) => `${mode}=${describePolicy(policy[mode])}`).join(', ')}) will be ignored`;
}
