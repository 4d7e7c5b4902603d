import type { Toleration } from '../../../../schema/v1.37/types/core-v1.ts';

function same(one: Toleration, other: Toleration): boolean {
  return (one.key ?? '') === (other.key ?? '') && (one.operator ?? '') === (other.operator ?? '') && (one.value ?? '') === (other.value ?? '')
    && (one.effect ?? '') === (other.effect ?? '') && one.tolerationSeconds === other.tolerationSeconds;
}

/** Whether everything that `narrow` tolerates is tolerated by `wide`. */
function includes(wide: Toleration, narrow: Toleration): boolean {
  if (same(wide, narrow)) return true;
  const anyKey = !wide.key && wide.operator === 'Exists';
  if ((narrow.key ?? '') !== (wide.key ?? '') && !anyKey) return false;
  if (wide.effect && narrow.effect !== wide.effect) return false;
  const limited = wide.effect === 'NoExecute' && wide.tolerationSeconds !== undefined;
  if (limited && (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > wide.tolerationSeconds!)) return false;
  if (wide.operator === 'Exists') return true;
  return (!wide.operator || wide.operator === 'Equal') && narrow.operator === 'Equal' && (narrow.value ?? '') === (wide.value ?? '');
}

/** Both lists in one, without what another one of them includes. */
export function mergeTolerations(first: Toleration[], second: Toleration[]): Toleration[] {
  const all = [...first, ...second];
  return all.reduce<Toleration[]>((merged, toleration, index) => {
    const redundant = merged.some((kept) => includes(kept, toleration)) || all.slice(index + 1).some((later) => !same(later, toleration) && includes(later, toleration));
    return redundant ? merged : [...merged, toleration];
  }, []);
}

/** Whether each is included by one that is allowed; an empty list of those allows all. */
export function areAllowed(tolerations: Toleration[], allowed: Toleration[]): boolean {
  return allowed.length === 0 || tolerations.every((toleration) => allowed.some((one) => includes(one, toleration)));
}

/** Replaces those of the same key, value, effect and operator, or adds it. */
export function addToleration(tolerations: Toleration[], added: Toleration): Toleration[] {
  const { tolerationSeconds: _, ...plain } = added;
  const matches = ({ tolerationSeconds: __, ...one }: Toleration): boolean => same(one, plain);
  return tolerations.some(matches) ? tolerations.map((one) => (matches(one) ? added : one)) : [...tolerations, added];
}
