import type { Body, Last, Step } from '../scenario.ts';
import { DRY, MERGE, PARTIAL, TABLE, cleared, get, given, patch, post, remove, type Subject } from './common.ts';

const OWN = 'labelSelector=parity%3Dyes';

export function deleteSteps({ collection, path, resource, valid }: Subject): Step[] {
  const dry = `${path}${DRY}`;
  const bodies: unknown[] = [
    { preconditions: { uid: 'wrong' } }, { preconditions: { resourceVersion: '1' } }, { preconditions: { resourceVersion: 'x' } }, { preconditions: {} }, { propagationPolicy: 'Wrong' }, { propagationPolicy: 'Orphan', orphanDependents: true }, { orphanDependents: true }, { orphanDependents: 'x' }, { gracePeriodSeconds: -1 }, { gracePeriodSeconds: -5 }, { gracePeriodSeconds: 'x' }, { gracePeriodSeconds: 5 }, { dryRun: ['Wrong'] }, { dryRun: 'All' }, { dryRun: ['All', 'All'] }, { kind: 'Wrong', apiVersion: 'v1' }, { kind: 'DeleteOptions', apiVersion: 'v1' }, { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' }, { kind: 'DeleteOptions', apiVersion: 'example.com/v1' }, { unknown: 1 }, { ignoreStoreReadErrorWithClusterBreakingPotential: true },
  ];
  const queries = ['propagationPolicy=Wrong', 'gracePeriodSeconds=x', 'gracePeriodSeconds=-1', 'orphanDependents=x', 'orphanDependents=true&propagationPolicy=Orphan', 'gracePeriodSeconds=7', 'pretty=true', 'propagationPolicy=Orphan'];
  const single = [
    given(collection, valid()), remove(dry), ...bodies.map((body) => remove(path, dryRunOf(body))), remove(dry, { propagationPolicy: 'Wrong' }), remove(dry, { dryRun: ['All'], gracePeriodSeconds: 3 }), ...queries.map((query) => remove(`${dry}&${query}`)), remove(`${path}?dryRun=x`), remove(dry, undefined, { raw: '{', type: 'application/json' }), remove(path, { dryRun: ['All'] }, { type: 'text/plain' }), remove(path, [], { raw: '[]', type: 'application/json' }), remove(path, undefined, { raw: '"x"', type: 'application/json' }), remove(dry, undefined, { accept: TABLE }), remove(dry, undefined, { accept: PARTIAL }),
    remove(`${collection}/missing`), remove(`${collection}/missing`, { preconditions: { uid: 'x' } }), remove(path, (last: Last) => ({ preconditions: { uid: last.metadata?.uid }, dryRun: ['All'] })),
    remove(path, { propagationPolicy: 'Foreground' }), get(path), patch(path, MERGE, { metadata: { labels: { late: 'x' } } }), patch(path, MERGE, { metadata: { finalizers: ['example.com/late'] } }), remove(path), remove(path, { propagationPolicy: 'Background' }), patch(path, MERGE, { metadata: { finalizers: null } }), cleared(path), get(path),
    given(collection, { ...valid('fin'), metadata: { ...valid('fin').metadata, finalizers: ['example.com/f'] } }), remove(pathOf(collection, valid('fin'))), remove(pathOf(collection, valid('fin')), { gracePeriodSeconds: 0 }), post(collection, valid('fin')), patch(pathOf(collection, valid('fin')), MERGE, { metadata: { finalizers: [] } }), get(pathOf(collection, valid('fin'))), cleared(pathOf(collection, valid('fin'))),
    given(collection, valid('plain')), remove(pathOf(collection, valid('plain'))), get(pathOf(collection, valid('plain'))), cleared(pathOf(collection, valid('plain'))),
  ];
  const many = (query: string, body?: unknown): Step => remove(`${collection}?${OWN}${query}`, body, { verb: 'deletecollection' });
  const collections = resource.verbs.includes('deletecollection') ? [
    given(collection, valid('many')), many('&dryRun=All'), many('&dryRun=x'), many('&fieldSelector=spec.unknown%3Dx'), many('', { propagationPolicy: 'Wrong', dryRun: ['All'] }), many('', { preconditions: { uid: 'x' }, dryRun: ['All'] }), many('&limit=x'), many('&resourceVersion=x'), many('', { dryRun: ['All'], unknown: 1 }), many('&gracePeriodSeconds=0'), many(''),
  ] : [many('')];
  return [...single, ...collections];
}

/** Options in a body stand instead of those in the query. */
function dryRunOf(body: unknown): Body {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? { dryRun: ['All'], ...body } : body as Body;
}

function pathOf(collection: string, { metadata }: { metadata?: { name?: string } }): string {
  return `${collection}/${metadata?.name}`;
}
