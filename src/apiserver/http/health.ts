import type { RequestInfo } from '../contracts.ts';

export type Check = () => void | Promise<void>;

/**
 * Answers /healthz, /livez, /readyz and their named checks in upstream's text form: `ok`, or with `?verbose` and on failure
 * one line a check. `exclude` names checks to leave out.
 */
export async function healthReply(info: RequestInfo, endpoint: string, checks: Map<string, Check>): Promise<{ code: number; body: string }> {
  const single = info.path.slice(endpoint.length + 1);
  if (single) {
    const check = checks.get(single);
    if (!check) return { code: 404, body: '404 page not found\n' };
    const failure = await failureOf(check);
    return failure ? { code: 500, body: `internal server error: ${failure}\n` } : { code: 200, body: 'ok' };
  }
  const excluded = new Set(info.query.getAll('exclude'));
  const lines: string[] = [];
  let failed = false;
  for (const [name, check] of checks) {
    if (excluded.has(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const failure = await failureOf(check);
    lines.push(failure ? `[-]${name} failed: reason withheld` : `[+]${name} ok`);
    failed ||= failure !== undefined;
  }
  const what = endpoint.slice(1);
  if (failed) return { code: 500, body: `${lines.join('\n')}\n${what} check failed\n` };
  return { code: 200, body: info.query.has('verbose') ? `${lines.join('\n')}\n${what} check passed\n` : 'ok' };
}

async function failureOf(check: Check): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return (error as Error).message || 'failed';
  }
}
