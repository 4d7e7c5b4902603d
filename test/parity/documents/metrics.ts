import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Side } from '../client.ts';
import type { DocumentDifference } from './differ.ts';

interface Metric { type: string; labels: string[] }

/** Name -> type and names of labels, of everything that a page tells. */
function metricsOf(text: string): Map<string, Metric> {
  const metrics = new Map<string, Metric>();
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (name && type) metrics.set(name, { type, labels: [] });
    const sample = /^([a-zA-Z_:]+)(?:\{(.*)\})? \S+$/.exec(line);
    const metric = sample && metrics.get((sample[1] as string).replace(/_(?:bucket|sum|count)$/, (end) => (metrics.has(sample[1] as string) ? end : '')));
    if (metric && metric.labels.length === 0) metric.labels = [...(sample[2] ?? '').matchAll(/([a-z_]+)="/g)].map(([, label]) => label as string).filter((label) => label !== 'le');
  }
  return metrics;
}

/** Names that one side lacks, other types, other labels. Values are each side's own. */
export async function metricsDifferences(upstream: Side, naru: Side, folder: string | undefined): Promise<DocumentDifference[]> {
  // A watch that has been there.
  await Promise.all([upstream, naru].map((side) => side.send({ method: 'GET', path: '/api/v1/namespaces/tables/configmaps?watch=1&timeoutSeconds=1' })));
  const texts = await Promise.all([upstream, naru].map(async (side) => {
    const text = (await side.send({ method: 'GET', path: '/metrics' })).bytes.toString();
    if (folder) {
      mkdirSync(join(folder, side.name), { recursive: true });
      writeFileSync(join(folder, side.name, 'metrics'), text);
    }
    return text;
  }));
  const [left, right] = texts.map(metricsOf) as [Map<string, Metric>, Map<string, Metric>];
  const differences: DocumentDifference[] = [];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const [one, other] = [left.get(name), right.get(name)];
    if (JSON.stringify(one) !== JSON.stringify(other)) differences.push({ path: `/${name}`, upstream: one, naru: other });
  }
  return differences;
}
