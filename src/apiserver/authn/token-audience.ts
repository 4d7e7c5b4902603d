/** Throws Error unless the token is for one of those. */
export function checkAudience({ aud }: { aud?: string[] | string }, wanted: string[]): void {
  const audiences = aud === undefined ? [] : [aud].flat();
  if (audiences.some((audience) => wanted.includes(audience))) return;
  const list = (values: string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
  throw new Error(`oidc: verify token: oidc: expected audience in ${list([...wanted].sort())} got ${list(audiences)}`);
}
