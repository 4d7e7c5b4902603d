import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CgroupLayout, cgroupDirectories, cpuWeight, createCgroup, layoutOf, limitWrites, vacateRoot } from './cgroup.ts';
import { parsePairs } from './cgroup-stats.ts';
import { parseMountInfo } from './mount.ts';

const HYBRID = `25 1 0:22 / /sys/fs/cgroup/cpu rw,relatime shared:7 - cgroup cgroup rw,cpu
26 1 0:23 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
27 1 0:24 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
28 1 0:25 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;

test('controllers of version 1 beside a version 2 tree: version 1 counts', () => {
  const layout = layoutOf(parseMountInfo(HYBRID));
  assert.equal(layout.version, 1);
  assert.deepEqual(cgroupDirectories('/naru', layout), ['/sys/fs/cgroup/cpu/naru', '/sys/fs/cgroup/memory/naru', '/sys/fs/cgroup/systemd/naru',
    '/sys/fs/cgroup/unified/naru']);
});

test('version 2 alone', () => {
  const layout = layoutOf(parseMountInfo('28 1 0:25 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n'));
  assert.equal(layout.version, 2);
  assert.deepEqual(cgroupDirectories('/naru', layout), ['/sys/fs/cgroup/naru']);
});

test('no cgroups at all is said', () => {
  assert.throws(() => layoutOf([]), /no cgroup file system/);
});

test('shares become weights over the whole range', () => {
  assert.deepEqual([0, 2, 1024, 262144, 1e9].map(cpuWeight), [1, 1, 39, 10000, 10000]);
});

test('limits are written in the words of each version; 0 lifts a limit', () => {
  const limits = { cpuShares: 1024, cpuQuota: 50_000, cpuPeriod: 100_000, memoryLimit: 4096, pidsLimit: 0 };
  assert.deepEqual(limitWrites(limits, 1), [['cpu', 'cpu.shares', '1024'], ['cpu', 'cpu.cfs_period_us', '100000'], ['cpu', 'cpu.cfs_quota_us', '50000'],
    ['memory', 'memory.limit_in_bytes', '4096'], ['pids', 'pids.max', 'max']]);
  assert.deepEqual(limitWrites(limits, 2), [['cpu', 'cpu.weight', '39'], ['cpu', 'cpu.max', '50000 100000'], ['memory', 'memory.max', '4096'], ['pids', 'pids.max', 'max']]);
  assert.deepEqual(limitWrites({ memoryLimit: 0, cpuQuota: 0 }, 2), [['cpu', 'cpu.max', 'max 100000'], ['memory', 'memory.max', 'max']]);
  assert.deepEqual(limitWrites({}, 1), []);
});

test('mount points with blanks are read, and pairs of counters', () => {
  assert.equal(parseMountInfo('1 2 3:4 / /a\\040b rw - ext4 /dev/x rw\n')[0]?.mountPoint, '/a b');
  assert.deepEqual([...parsePairs('oom 1\noom_kill 2\n')], [['oom', 1], ['oom_kill', 2]]);
});

/** Files that stand for a version 2 tree; the kernel's own behaviour is not in them. */
function fakeTree(): { root: string; layout: CgroupLayout } {
  const root = mkdtempSync(join(tmpdir(), 'naru-cgroup-'));
  for (const directory of ['', '/naru', '/naru/pod']) {
    mkdirSync(root + directory, { recursive: true });
    writeFileSync(`${root}${directory}/cgroup.controllers`, 'cpu memory pids');
    writeFileSync(`${root}${directory}/cgroup.subtree_control`, '');
  }
  return { root, layout: { version: 2, roots: new Map(['cpu', 'memory', 'pids'].map((controller) => [controller, root])) } };
}

test('version 2: every ancestor passes its controllers down, and limits are written', () => {
  const { root, layout } = fakeTree();
  try {
    createCgroup('/naru/pod', { memoryLimit: 4096, cpuShares: 1024 }, layout);
    assert.match(readFileSync(`${root}/cgroup.subtree_control`, 'utf8'), /\+/);
    assert.match(readFileSync(`${root}/naru/cgroup.subtree_control`, 'utf8'), /\+/);
    assert.equal(readFileSync(`${root}/naru/pod/cgroup.subtree_control`, 'utf8'), '');
    assert.equal(readFileSync(`${root}/naru/pod/memory.max`, 'utf8'), '4096');
    assert.equal(readFileSync(`${root}/naru/pod/cpu.weight`, 'utf8'), '39');
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('version 2 in a container: the processes of the visible root move below it', () => {
  const { root } = fakeTree();
  try {
    assert.equal(vacateRoot(root), false, 'the machine\'s own root stays as it is');
    writeFileSync(`${root}/cgroup.type`, 'domain');
    writeFileSync(`${root}/cgroup.procs`, '17\n');
    assert.equal(vacateRoot(root), true);
    assert.equal(readFileSync(`${root}/init/cgroup.procs`, 'utf8'), '17');
  } finally {
    rmSync(root, { recursive: true });
  }
});
