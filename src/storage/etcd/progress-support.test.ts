import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellsProgressRightly } from './progress-support.ts';

test('versions of etcd that say rightly how far a stream has come', () => {
  for (const version of ['3.4.25', '3.5.8', '3.5.21', '3.6.0', '3.7.0-alpha.1', '4.0.0']) assert.ok(tellsProgressRightly(version), version);
  for (const version of ['3.3.27', '3.4.23', '3.5.0', '3.5.7', 'none']) assert.ok(!tellsProgressRightly(version), version);
});
