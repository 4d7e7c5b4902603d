import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { startUpstream } from '../../bench/compare/upstream.ts';
import { missingPrograms } from '../../conformance/programs.ts';
import { Side } from './client.ts';

export interface Pair { upstream: Side; naru: Side; stop(): Promise<void> }

/** Upstream's programs that a run needs and that are not built yet. */
export const missingServers = (): Promise<string[]> => missingPrograms(['etcd', 'kube-apiserver']);

/** Both servers with empty data and without controllers. `flags`: further ones of kube-apiserver, for both. */
export async function startPair(say: (message: string) => void, flags: string[] = []): Promise<Pair> {
  const [upstream, naru] = await Promise.all([startUpstream({ withControllers: false, flags: { 'kube-apiserver': flags } }, say), startNaru(flags)]);
  const { pki } = upstream;
  const left = new Side('upstream', { url: upstream.url, ca: pki.ca.certificatePem, cert: pki.admin.certificatePem, key: pki.admin.privateKeyPem });
  return {
    upstream: left, naru: naru.side,
    async stop() {
      left.close();
      await naru.stop();
      await upstream.stop();
    },
  };
}

export async function startNaru(flags: string[] = []): Promise<{ side: Side; stop(): Promise<void> }> {
  const state = mkdtempSync(join(tmpdir(), 'naru-parity-'));
  const log = openSync(join(tmpdir(), 'naru-parity.log'), 'w');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'naru-server.ts'), state, ...flags], { stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  const port = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout as Readable }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`naru's API server ended with ${code}`)));
  });
  const read = (file: string): string => readFileSync(join(state, 'pki', file), 'utf8');
  const side = new Side('naru', { url: `https://127.0.0.1:${port}`, ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key') });
  return {
    side,
    async stop() {
      side.close();
      const ended = new Promise((resolve) => { child.once('exit', resolve); });
      child.kill('SIGTERM');
      await ended;
      rmSync(state, { recursive: true, force: true });
    },
  };
}
