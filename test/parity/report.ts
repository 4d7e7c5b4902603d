import type { Compared } from './engine.ts';

const EXAMPLES = 3;
const VALUE_LENGTH = 3000;

export interface Figure { requests: number; different: number; differences: number; accepted: number }

export function figure(results: Compared[]): Figure {
  return {
    requests: results.length, different: results.filter(({ left }) => left.length > 0).length,
    differences: results.reduce((sum, { left }) => sum + left.length, 0), accepted: results.filter(({ left, accepted }) => left.length === 0 && accepted.length > 0).length,
  };
}

/** Requests and how many of them differ, by a property. */
export function tableBy(results: Compared[], property: 'kind' | 'verb'): string[] {
  const groups = Map.groupBy(results, (result) => result[property]);
  return [...groups].map(([name, group]) => ({ name, ...figure(group) })).sort((left, right) => right.different - left.different || left.name.localeCompare(right.name))
    .map(({ name, requests, different }) => `| ${name} | ${requests} | ${different} |`);
}

interface Class { path: string; count: number; kinds: Set<string>; verbs: Set<string>; examples: { request: string; upstream: unknown; naru: unknown }[] }

/** Differences of one place and shape, whatever the kind, greatest first. */
export function classes(results: Compared[]): Class[] {
  const found = new Map<string, Class>();
  for (const { kind, verb, request, left } of results) {
    for (const { path, upstream, naru } of left) {
      const key = `${path} ${shape(upstream)} ${shape(naru)}`;
      const entry = found.get(key) ?? { path, count: 0, kinds: new Set(), verbs: new Set(), examples: [] };
      found.set(key, entry);
      entry.count++;
      entry.kinds.add(kind);
      entry.verbs.add(verb);
      if (entry.examples.length < EXAMPLES) entry.examples.push({ request: `${kind} ${request}`, upstream, naru });
    }
  }
  return [...found.values()].sort((left, right) => right.count - left.count);
}

/** A value without what is particular to one request. */
function shape(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 400).replace(/\\"[^"]*\\"/g, 'Q').replace(/\d+/g, '0').replace(/[\w.-]+\/[\w.\/-]+/g, 'P').slice(0, 60);
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, VALUE_LENGTH);

export function reportText(results: Compared[], command: string): string {
  const { requests, different, differences, accepted } = figure(results);
  return [
    '# Parity with upstream', '', `\`${command}\``, '', `${requests} requests compared, ${different} differ (${differences} differences), ${accepted} differ only in accepted ways.`, '',
    '| kind | requests | different |', '| --- | --- | --- |', ...tableBy(results, 'kind'), '', '| verb | requests | different |', '| --- | --- | --- |', ...tableBy(results, 'verb'), '', '## Differences',
    ...classes(results).flatMap(({ path, count, kinds, verbs, examples }) => [
      '', `### ${count}x ${path} (${[...kinds].slice(0, 6).join(', ')}${kinds.size > 6 ? ` and ${kinds.size - 6} more` : ''}; ${[...verbs].join(', ')})`,
      ...examples.flatMap(({ request, upstream, naru }) => [`- ${request}`, `  upstream: ${shown(upstream)}`, `  naru:     ${shown(naru)}`]),
    ]), '',
  ].join('\n');
}
