import { parseTime } from '../../base/clock.ts';
import type { Container, LoadBalancerStatus } from '../../../schema/v1.37/types/core-v1.ts';
import type { LabelSelector, ObjectMeta } from '../../../schema/v1.37/types/meta-v1.ts';

/** `5s`, `3m20s`, `47h`, `12d`: one or two units, the finer one only while it matters. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  const two = (large: number, largeUnit: string, small: number, smallUnit: string): string => (small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return two(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? two(years, 'y', days % 365, 'd') : `${years}y`;
}

/** How long ago a time of the API was. */
export function since(time: string | null | undefined, now: number): string {
  return time ? humanDuration(now - parseTime(time)) : '<unknown>';
}

export function age(object: { metadata?: ObjectMeta }, now: number): string {
  return since(object.metadata?.creationTimestamp, now);
}

export function nameOf(object: { metadata?: ObjectMeta }): string {
  return object.metadata?.name ?? '';
}

export function labelsText(labels: Record<string, string> | undefined): string {
  const text = Object.keys(labels ?? {}).sort().map((key) => `${key}=${labels?.[key]}`).join(',');
  return text || '<none>';
}

/** `a=b,c in (d,e),!f`; empty for a selector without terms. */
export function selectorTerms(selector: LabelSelector | undefined): string {
  const terms: [key: string, text: string][] = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => [key, `${key}=${value}`]);
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const list = [...values].sort().join(',');
    terms.push([key, operator === 'In' ? `${key} in (${list})` : operator === 'NotIn' ? `${key} notin (${list})` : operator === 'Exists' ? key : `!${key}`]);
  }
  return terms.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, text]) => text).join(',');
}

export function selectorText(selector: LabelSelector | undefined): string {
  return selectorTerms(selector) || '<none>';
}

/** The names and the images of containers, for two cells. */
export function containerCells(containers: Container[] | undefined): [names: string, images: string] {
  const list = containers ?? [];
  return [list.map(({ name }) => name).join(','), list.map(({ image = '' }) => image).join(',')];
}

/** At most `most` of them, then how many more there are. */
export function withMore(list: readonly string[], most: number, empty: string): string {
  if (list.length > most) return `${list.slice(0, most).join(',')} + ${list.length - most} more...`;
  return list.join(',') || empty;
}

export function loadBalancerAddresses(status: LoadBalancerStatus | undefined): string[] {
  const addresses = (status?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').filter((address) => address !== '');
  return [...new Set(addresses)].sort();
}

const MODES: [mode: string, short: string][] = [['ReadWriteOnce', 'RWO'], ['ReadOnlyMany', 'ROX'], ['ReadWriteMany', 'RWX'], ['ReadWriteOncePod', 'RWOP']];

export function accessModes(modes: string[] | undefined): string {
  return MODES.filter(([mode]) => modes?.includes(mode)).map(([, short]) => short).join(',');
}
