import type { RequestInfo } from '../contracts.ts';

export type Check = () => void | Promise<void>;

/** How often each check was met and failed, by endpoint: what /metrics/slis tells. */
export class HealthRecord {
  private readonly entries = new Map<string, { name: string; type: string; last: boolean; success: number; error: number }>();

  note(type: string, name: string, isMet: boolean): void {
    const key = `${type}/${name}`;
    let entry = this.entries.get(key);
    if (!entry) this.entries.set(key, (entry = { name, type, last: isMet, success: 0, error: 0 }));
    entry.last = isMet;
    entry[isMet ? 'success' : 'error']++;
  }

  /** In Prometheus' text form. */
  text(): string {
    const entries = [...this.entries.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.type < b.type ? -1 : 1));
    const lines = ['# HELP kubernetes_healthcheck Whether a check was met when it was last asked for.', '# TYPE kubernetes_healthcheck gauge'];
    for (const { name, type, last } of entries) lines.push(`kubernetes_healthcheck{name="${name}",type="${type}"} ${last ? 1 : 0}`);
    lines.push('# HELP kubernetes_healthchecks_total Results of checks.', '# TYPE kubernetes_healthchecks_total counter');
    for (const { name, type, ...counts } of entries) {
      for (const status of ['error', 'success'] as const) if (counts[status] > 0) lines.push(`kubernetes_healthchecks_total{name="${name}",status="${status}",type="${type}"} ${counts[status]}`);
    }
    return `${lines.join('\n')}\n`;
  }
}

/**
 * Answers /healthz, /livez, /readyz and their named checks in upstream's text form: `ok`, or with `?verbose` and on failure
 * one line a check. `exclude` names checks to leave out.
 */
export async function healthReply(info: RequestInfo, endpoint: string, checks: Map<string, Check>, record: HealthRecord): Promise<{ code: number; body: string }> {
  const single = info.path.slice(endpoint.length + 1);
  if (single) {
    const check = checks.get(single);
    if (!check) return { code: 404, body: '404 page not found\n' };
    const failure = await failureOf(check);
    return failure ? { code: 500, body: `internal server error: ${failure}\n` } : { code: 200, body: 'ok' };
  }
  const what = endpoint.slice(1);
  const excluded = new Set(info.query.getAll('exclude'));
  const lines: string[] = [];
  let failed = false;
  for (const [name, check] of checks) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const failure = await failureOf(check);
    record.note(what, name, failure === undefined);
    lines.push(failure ? `[-]${name} failed: reason withheld` : `[+]${name} ok`);
    failed ||= failure !== undefined;
  }
  if (excluded.size > 0) lines.push(`warn: some health checks cannot be excluded: no matches for ${[...excluded].sort().map((name) => JSON.stringify(name)).join(',')}`);
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
