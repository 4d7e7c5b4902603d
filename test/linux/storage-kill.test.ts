import { strict as assert } from 'node:assert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { serverTarget } from './storage-kill/server-target.ts';
import { storeTarget } from './storage-kill/store-target.ts';
import { survivesKills } from './storage-kill/survives-kills.ts';

const KILLS = Number(process.env['NARU_TEST_KILLS'] ?? 100);

for (const [what, makeTarget] of [['store', storeTarget], ['server', serverTarget]] as const) {
  it(`the ${what} loses nothing it acknowledged over ${KILLS} kills in the middle of writes`, async (context) => {
    const directory = await mkdtemp(join(tmpdir(), `naru-${what}-kill-`));
    try {
      const report = await survivesKills(makeTarget(directory), KILLS);
      context.diagnostic(`${report.kills} kills, ${report.acknowledged} acknowledged writes`);
      assert.ok(report.acknowledged > KILLS, 'the writers were killed before they wrote');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}
