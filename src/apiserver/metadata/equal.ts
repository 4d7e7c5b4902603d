/** Whether two JSON values are the same; an absent field and one that is undefined are the same too. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!sameJson(a[index], b[index])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  return sameFields(a as Record<string, unknown>, b as Record<string, unknown>);
}

/** Same, but top-level fields in `except` are not looked at. */
export function sameFields(a: Record<string, unknown>, b: Record<string, unknown>, except: readonly string[] = []): boolean {
  for (const key in a) if (!except.includes(key) && !sameJson(a[key], b[key])) return false;
  for (const key in b) if (a[key] === undefined && b[key] !== undefined && !except.includes(key)) return false;
  return true;
}
