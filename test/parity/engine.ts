import { sortedText } from '../../src/api/sorted-text.ts';
import { acceptedReason } from './accepted.ts';
import type { Answer, Call, Side } from './client.ts';
import { differences, type Difference } from './compare.ts';
import { normalAnswer, type Normal } from './normalize.ts';
import type { Last, Scenario, Step } from './scenario.ts';
import type { Pair } from './servers.ts';
import { settled, settlingPath, withoutDelayed } from './settle.ts';

/** One compared request. */
export interface Compared {
  kind: string;
  verb: string;
  request: string;
  /** Those that are bugs. */
  left: Difference[];
  /** Reasons of those that stay. */
  accepted: string[];
  upstream: Normal;
}

const BODY_IN_REPORT = 300;

/** Sends a scenario's requests to both sides, each made from what that side answered before. */
export async function runScenario(pair: Pair, { kind, name, start, steps }: Scenario): Promise<Compared[]> {
  const last: Record<'upstream' | 'naru', Last> = { upstream: start as Last, naru: start as Last };
  const results: Compared[] = [];
  for (const step of steps) {
    const ask = async (side: Side, key: 'upstream' | 'naru'): Promise<Answer> => {
      const call = callOf(step, withoutDelayed(kind, last[key]));
      const answer = await side.send(call);
      // What a dry run answers does not exist, and its differences would go on into what follows.
      if (!step.path.includes('dryRun')) last[key] = objectOf(answer, start.kind as string) ?? last[key];
      const path = settlingPath(kind, step, call.body);
      const after = path === undefined ? undefined : await settled(side, kind, path);
      if (after && after.metadata?.uid === last[key].metadata?.uid) last[key] = after;
      return answer;
    };
    const [upstream, naru] = await Promise.all([ask(pair.upstream, 'upstream'), ask(pair.naru, 'naru')]);
    if (step.quiet) continue;
    const wanted = normalAnswer(upstream);
    const all = differences(wanted, normalAnswer(naru));
    const reasons = all.map((difference) => acceptedReason(kind, step.verb, difference));
    results.push({
      kind, verb: step.verb, upstream: wanted, request: describe(name, step, last.upstream),
      left: all.filter((_, index) => !reasons[index]), accepted: reasons.filter((reason) => reason !== undefined),
    });
  }
  return results;
}

export function callOf({ method, path, body, raw, type, accept, headers }: Step, last: Last): Call {
  const made: unknown = typeof body === 'function' ? (body as (last: Last) => unknown)(structuredClone(last)) : body;
  // What is made of an answer has the keys in each server's order, on which it depends which of two wrong values is told.
  const text = typeof body === 'function' && made !== undefined ? sortedText(made) : JSON.stringify(made);
  const content = raw ?? (made === undefined ? undefined : text);
  const contentType = type ?? (content === undefined ? undefined : 'application/json');
  return { method, path, body: content, headers: { accept: accept ?? 'application/json', ...(contentType ? { 'content-type': contentType } : {}), ...headers } };
}

/** The answer's object, if it is one of the kind that the scenario is about. */
export function objectOf({ code, bytes, headers }: Answer, kind: string): Last | undefined {
  if (code < 200 || code > 299 || !headers['content-type']?.startsWith('application/json')) return undefined;
  try {
    const object = JSON.parse(bytes.toString()) as Last;
    return object?.kind === kind ? object : undefined;
  } catch {
    return undefined;
  }
}

function describe(name: string, step: Step, last: Last): string {
  const { method, path, headers, body } = callOf(step, last);
  const type = step.type !== undefined ? ` [${step.type}]` : '';
  return `${name}: ${method} ${path}${type}${headers?.['accept'] === 'application/json' ? '' : ` accept ${headers?.['accept']}`} ${String(body ?? '').slice(0, BODY_IN_REPORT)}`.trim();
}

/** What controllers would make of a new namespace. */
export async function prepareNamespace(side: Side, namespace: string): Promise<void> {
  const make = (path: string, object: object): Promise<Answer> => side.send({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body: JSON.stringify(object) });
  await make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await make(`/api/v1/namespaces/${namespace}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
}
