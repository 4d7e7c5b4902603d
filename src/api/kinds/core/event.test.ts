import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleContext } from '../../kind-rules.ts';
import { validateEvent, validateEventUpdate } from './event.ts';

const asked = (group: string): RuleContext => ({ now: 0, operation: 'create', subresource: '', group, namespace: 'default', user: '', options: { allowDuplicatePorts: false } });
const event = (more: object = {}) => ({
  apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'default' }, involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' }, type: 'Normal', reason: 'R', action: 'A',
  eventTime: '2026-01-01T00:00:00.000000Z', reportingComponent: 'x.io/y', reportingInstance: 'z', ...more,
});
const fields = (errors: { field: string }[]): string[] => errors.map(({ field }) => field);

test('an event stored in the core group is checked by the group it was asked in', () => {
  const loose = event({ type: 'Odd', count: 3, series: { count: 1 } });
  assert.deepEqual(fields(validateEvent(loose, asked(''))), []);
  assert.deepEqual(fields(validateEvent(loose, asked('events.k8s.io'))), ['series.count', 'series.lastObservedTime', 'type', 'count']);
  assert.deepEqual(fields(validateEvent(event(), asked('events.k8s.io'))), []);
});

test('in events.k8s.io only the series moves on', () => {
  const series = { count: 2, lastObservedTime: '2026-01-01T00:00:10.000000Z' };
  const old = event({ metadata: { name: 'e', namespace: 'default', resourceVersion: '1' } });
  const changed = { ...old, message: 'new', series };
  assert.deepEqual(fields(validateEventUpdate(changed, old, asked('events.k8s.io'))), ['message']);
  assert.deepEqual(fields(validateEventUpdate({ ...old, series }, old, asked('events.k8s.io'))), []);
  assert.deepEqual(fields(validateEventUpdate(changed, old, asked(''))), []);
});
