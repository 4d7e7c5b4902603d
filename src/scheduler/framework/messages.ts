import type { NodeInfo } from '../state/node-info.ts';
import type { Rejection } from './plugin.ts';
import type { NodeScore } from './score.ts';

export const NO_NODES = 'no nodes available to schedule pods';
const MAX_MESSAGE = 1000;
const MAX_NODES = 10;

/** `0/3 nodes are available: 1 Insufficient memory, 2 node(s) were unschedulable.`: how often each reason was given. */
export function fitErrorMessage(nodes: number, reasons: Iterable<string[]>): string {
  const counts = new Map<string, number>();
  for (const each of reasons) for (const reason of each) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const texts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available:${texts.length > 0 ? ` ${texts.join(', ')}.` : ''}`;
}

/** What is said when a plugin refuses before nodes are asked. */
export function rejectedMessage(nodes: number, rejection: Rejection): string {
  return `0/${nodes} nodes are available: ${rejection.reasons.join(', ')}.`;
}

function join(parts: string[]): string {
  const shown = parts.length > MAX_NODES ? [...parts.slice(0, MAX_NODES), `and ${parts.length - MAX_NODES} more`] : parts;
  const text = shown.join('; ');
  return text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE - 3)}...` : text;
}

function refused(rejections: Map<NodeInfo, Rejection>): string[] {
  return [...rejections].map(([node, { reasons }]) => `${node.name}: didn't fit: ${reasons.join(', ')}`);
}

/** `node2 187 (least allocated 92, balance 75); node1 150 (...); node3: didn't fit: Insufficient memory` */
export function nodeScoresMessage(scores: NodeScore[], rejections: Map<NodeInfo, Rejection>): string {
  const ordered = scores.toSorted((left, right) => right.total - left.total || (left.node.name < right.node.name ? -1 : 1));
  const texts = ordered.map(({ node, total, parts }) =>
    parts.length > 0 ? `${node.name} ${total} (${parts.map(({ label, points }) => `${label} ${points}`).join(', ')})` : `${node.name}: the only one that fits`);
  return join([...texts, ...refused(rejections)]);
}

/** Node by node why none fits. */
export function nodeReasonsMessage(rejections: Map<NodeInfo, Rejection>): string {
  return join([...rejections].map(([node, { reasons }]) => `${node.name}: ${reasons.join(', ')}`).sort());
}
