/** How a wish for a number of replicas becomes the number that is set: calmed, limited in speed, kept within bounds. Pure. */
export interface ScalingPolicy { type: string; value: number; periodSeconds: number }
export interface ScalingRules { stabilizationWindowSeconds: number; selectPolicy: string; policies: ScalingPolicy[] }
export interface Behavior { scaleUp: ScalingRules; scaleDown: ScalingRules }

export interface Recommendation { replicas: number; at: number }
/** A change that was made; positive when it grew. */
export interface ScaleEvent { change: number; at: number }

export interface ScalingWish {
  behavior: Behavior;
  minimum: number; maximum: number; current: number; desired: number;
  recommendations: Recommendation[]; events: ScaleEvent[];
  now: number;
}

export interface ScalingDecision {
  replicas: number;
  /** What the two conditions say. */
  able: { reason: string; message: string };
  limited: { status: 'True' | 'False'; reason: string; message: string };
}

const DEFAULT_UP: ScalingRules = {
  stabilizationWindowSeconds: 0, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }, { type: 'Pods', value: 4, periodSeconds: 15 }],
};
const DEFAULT_DOWN: ScalingRules = { stabilizationWindowSeconds: 300, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

type PartialRules = { stabilizationWindowSeconds?: number; selectPolicy?: string; policies?: ScalingPolicy[] } | undefined;

export function completeBehavior(behavior: { scaleUp?: PartialRules; scaleDown?: PartialRules } | undefined): Behavior {
  const complete = (rules: PartialRules, defaults: ScalingRules): ScalingRules => ({
    stabilizationWindowSeconds: rules?.stabilizationWindowSeconds ?? defaults.stabilizationWindowSeconds, selectPolicy: rules?.selectPolicy ?? 'Max',
    policies: rules?.policies?.length ? rules.policies : defaults.policies,
  });
  return { scaleUp: complete(behavior?.scaleUp, DEFAULT_UP), scaleDown: complete(behavior?.scaleDown, DEFAULT_DOWN) };
}

/** The lowest recent wish to grow, the highest recent wish to shrink. */
function stabilize({ behavior, current, desired, recommendations, now }: ScalingWish): number {
  let up = desired;
  let down = desired;
  for (const { replicas, at } of recommendations) {
    if (at > now - behavior.scaleUp.stabilizationWindowSeconds * 1000) up = Math.min(up, replicas);
    if (at > now - behavior.scaleDown.stabilizationWindowSeconds * 1000) down = Math.max(down, replicas);
  }
  return Math.min(Math.max(current, up), down);
}

/** What a policy lets the number become, seen from where it stood when the policy's period began. */
function limitOf({ current, events, now }: ScalingWish, rules: ScalingRules, direction: 1 | -1): number {
  if (rules.selectPolicy === 'Disabled') return current;
  const limits = rules.policies.map(({ type, value, periodSeconds }) => {
    const changed = events.filter(({ at }) => at > now - periodSeconds * 1000).reduce((sum, { change }) => sum + change, 0);
    const start = current - changed;
    if (type === 'Pods') return start + direction * value;
    const share = start * (1 + direction * value / 100);
    return direction > 0 ? Math.ceil(share) : Math.trunc(share);
  });
  const furthest = rules.selectPolicy === 'Min' ? -direction : direction;
  const limit = furthest > 0 ? Math.max(...limits) : Math.min(...limits);
  return direction > 0 ? Math.max(limit, current) : Math.min(limit, current);
}

export function decideScale(wish: ScalingWish): ScalingDecision {
  const { current, desired, minimum, maximum, behavior } = wish;
  const stable = stabilize(wish);
  const able = stable === desired ? { reason: 'ReadyForNewScale', message: 'recommended size matches current size' }
    : desired >= current ? { reason: 'ScaleUpStabilized', message: 'recent recommendations were lower than current one, applying the lowest recent recommendation' }
      : { reason: 'ScaleDownStabilized', message: 'recent recommendations were higher than current one, applying the highest recent recommendation' };
  const within = { status: 'False' as const, reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };
  if (stable > current) {
    const speed = limitOf(wish, behavior.scaleUp, 1);
    const allowed = Math.min(maximum, speed);
    if (stable <= allowed) return { replicas: stable, able, limited: within };
    return { replicas: allowed, able, limited: { status: 'True', ...(maximum > speed ? { reason: 'ScaleUpLimit', message: 'the desired replica count is increasing faster than the maximum scale rate' }
      : { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' }) } };
  }
  if (stable < current) {
    const speed = limitOf(wish, behavior.scaleDown, -1);
    const allowed = Math.max(minimum, speed);
    if (stable >= allowed) return { replicas: stable, able, limited: within };
    return { replicas: allowed, able, limited: { status: 'True', ...(minimum < speed ? { reason: 'ScaleDownLimit', message: 'the desired replica count is decreasing faster than the maximum scale rate' }
      : { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' }) } };
  }
  return { replicas: stable, able, limited: within };
}
