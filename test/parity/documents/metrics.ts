import type { Side } from '../client.ts';
import type { DocumentDifference } from './differ.ts';

export async function metricsDifferences(_upstream: Side, _naru: Side, _folder: string | undefined): Promise<DocumentDifference[]> {
  return [];
}
