import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sleep } from '../base/clock.ts';
import { createLogger } from '../base/log.ts';
import { followFile } from './file-changes.ts';
import { fileStamp } from './file-stamp.ts';

const directory = mkdtempSync(join(tmpdir(), 'naru-file-changes-'));
after(() => rmSync(directory, { recursive: true, force: true }));

test('a file that changed before anybody looked is read all the same, and one that is replaced too', async () => {
  const file = join(directory, 'one');
  writeFileSync(file, 'first');
  const since = fileStamp(file);
  writeFileSync(file, 'second');
  const read: string[] = [];
  const follower = followFile(file, 'test', createLogger('test', 'error'), async (text) => { read.push(text); }, since);
  const until = async (count: number): Promise<void> => { for (let attempt = 0; read.length < count && attempt < 400; attempt++) await sleep(20); };
  await until(1);
  writeFileSync(join(directory, 'next'), 'third');
  renameSync(join(directory, 'next'), file);
  await until(2);
  rmSync(file);
  await sleep(1200);
  follower.stop();
  assert.deepEqual(read, ['second', 'third']);
  assert.match(follower.metricsText(), /automatic_reloads_total\{status="success"\} 2$/m);
});
