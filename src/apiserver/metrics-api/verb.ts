import { request } from 'node:https';
import type { KubernetesObject } from '../../api/object.ts';
import { notFound } from '../../api/status.ts';
import { formatTime } from '../../base/clock.ts';
import type { ServerContext } from '../context.ts';
import { detached } from '../registry/object-store.ts';
import type { Answer, Call } from '../request/call.ts';
import { labelSelectorOf } from '../request/selection.ts';
import { kubeletAgent, kubeletOf } from '../streams/kubelet.ts';
import { nodeMetrics, podMetrics, type NodeSummary } from './metrics.ts';

const FRESH_MILLISECONDS = 5_000;
const ANSWER_MILLISECONDS = 3_000;

/** Answers get and list of NodeMetrics and PodMetrics. A node that does not answer is left out. */
export function createMetricsVerb(): (context: ServerContext, call: Call) => Promise<Answer> {
  const summaries = new Map<string, { at: number; summary: Promise<NodeSummary | undefined> }>();

  const summaryOf = (context: ServerContext, node: string): Promise<NodeSummary | undefined> => {
    const now = context.clock.now();
    const known = summaries.get(node);
    if (known && now - known.at < FRESH_MILLISECONDS) return known.summary;
    const summary = fetchSummary(context, node).catch(() => undefined);
    summaries.set(node, { at: now, summary });
    return summary;
  };

  return async (context, call) => {
    const { info } = call;
    const names = [...context.objects.list('', 'nodes')].map((node) => node.metadata?.name ?? '');
    for (const node of summaries.keys()) if (!names.includes(node)) summaries.delete(node);
    const wanted = info.resource === 'nodes' && info.name ? names.filter((name) => name === info.name) : names;
    const found = (await Promise.all(wanted.map((node) => summaryOf(context, node)))).filter((summary) => summary !== undefined);
    const objects = found.flatMap((summary) => objectsOf(context, info.resource, summary));
    if (info.verb === 'list') return listAnswer(objects.filter((object) => !info.namespace || object.metadata?.namespace === info.namespace), info.query.get('labelSelector'));
    const object = objects.find(({ metadata }) => metadata?.name === info.name && (metadata.namespace ?? '') === info.namespace);
    if (!object) throw notFound(info.group, info.resource, info.namespace ? `${info.namespace}/${info.name}` : info.name);
    return { type: 'object', code: 200, object };
  };
}

function objectsOf({ objects, clock }: ServerContext, resource: string, summary: NodeSummary): KubernetesObject[] {
  const now = formatTime(clock.now());
  if (resource === 'nodes') return [nodeMetrics(summary, objects.get('', 'nodes', '', summary.node.nodeName)?.metadata?.labels, now)];
  return podMetrics(summary, (namespace, name) => objects.get('', 'pods', namespace, name)?.metadata?.labels, now);
}

function listAnswer(objects: KubernetesObject[], selectorText: string | null): Answer {
  const selector = selectorText ? labelSelectorOf(selectorText) : undefined;
  const chosen = selector ? objects.filter((object) => selector.matches(object.metadata?.labels ?? {})) : objects;
  return { type: 'list', items: chosen.map((object) => detached(`${object.metadata?.namespace ?? ''}/${object.metadata?.name}`, object, 0)), metadata: {} };
}

async function fetchSummary(context: ServerContext, node: string): Promise<NodeSummary> {
  const { host, port } = await kubeletOf(context, node);
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path: '/stats/summary', agent: kubeletAgent(context), timeout: ANSWER_MILLISECONDS }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`node ${node} answered ${response.statusCode}`));
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as NodeSummary);
        } catch (error) {
          reject(error as Error);
        }
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`node ${node} did not answer in time`)));
    asked.on('error', reject);
    asked.end();
  });
}
