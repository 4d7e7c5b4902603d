import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '../../api/status.ts';
import type { Logger } from '../../base/log.ts';
import { OverloadedError, StorageClosedError } from '../../storage/storage.ts';
import { shownWarnings, statusOf } from './respond.ts';

const ignore = (): void => undefined;
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent };

test('what the store refuses is worth another try, by its Status', () => {
  const busy = statusOf(new OverloadedError('too many writes wait for the disk'), silent);
  assert.deepEqual([busy.code, busy.reason, busy.details?.retryAfterSeconds], [429, 'TooManyRequests', 1]);
  const closed = statusOf(new StorageClosedError('the store is closed'), silent);
  assert.deepEqual([closed.code, closed.reason], [503, 'ServiceUnavailable']);
});

test('an error with a Status keeps it, any other is an internal one', () => {
  assert.equal(statusOf(new StatusError(404, 'NotFound', 'x'), silent).reason, 'NotFound');
  assert.equal(statusOf(new Error('odd'), silent).message, 'Internal error occurred: odd');
});

test('what is nested deeper than the stack is the client\'s mistake', () => {
  const deep = (level: number): number => deep(level + 1) + 1;
  const log = { error: () => assert.fail('logged') } as never;
  try {
    deep(0);
  } catch (error) {
    assert.deepEqual([statusOf(error, log).code, statusOf(error, log).message], [400, 'exceeded max depth']);
  }
});

test('warnings are told once, without what a header cannot hold, and cut when they are long together', () => {
  assert.deepEqual(shownWarnings(['a', 'a', '', 'b\nc', 'ü']), ['a', 'ü']);
  assert.deepEqual(shownWarnings(['x'.repeat(300)]), ['x'.repeat(300)]);
  const many = shownWarnings(Array.from({ length: 30 }, (_, index) => `${index}${'x'.repeat(300)}`));
  assert.equal(many.length, 16);
  assert.ok(many.every((text) => text.length === 256));
});
