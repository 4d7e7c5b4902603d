import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { before, describe, test } from 'node:test';
import { constants, createDeflate } from 'node:zlib';
import { systemClock } from '../../base/clock.ts';
import { logOptions, renderLine, streamLog } from './container-log.ts';
import { serveNodeLogs } from './node-logs.ts';
import { exitStatus } from './remote-command.ts';
import { decodeMessage } from './remote-command-websocket.ts';
import { SpdyConnection } from './spdy.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import { spdyDictionary } from './spdy-dictionary.ts';

const all = { follow: false, timestamps: false };

test('a file of the node that cannot be read ends its answer, not the agent', async () => {
  const paths = { logs: '/proc/self/pods' } as Parameters<typeof serveNodeLogs>[0];
  const response = Object.assign(new PassThrough(), { writeHead: () => undefined }) as unknown as ServerResponse;
  // Nothing is mapped at its beginning: it opens, and the first read fails.
  await assert.rejects(serveNodeLogs(paths, ['mem'], new URLSearchParams(), response), { code: 'EIO' });
  assert.equal(response.destroyed, true);
});

describe('logs of the node', { timeout: 20_000 }, () => {
  const directory = scratchDirectory('node-logs');
  const root = join(directory, 'log');
  const ask = async (...path: string[]): Promise<string> => {
    const output = new PassThrough();
    const response = Object.assign(output, { writeHead: () => undefined }) as unknown as ServerResponse;
    const text = output.toArray();
    await serveNodeLogs({ logs: `${root}/pods` } as Parameters<typeof serveNodeLogs>[0], path, new URLSearchParams(), response);
    return Buffer.concat(await text as Buffer[]).toString();
  };
  before(async () => {
    await mkdir(join(root, 'pods/a'), { recursive: true });
    await writeFile(join(root, 'pods/a/0.log'), 'a line');
    await symlink('pods/a/0.log', join(root, 'a.log'));
    await writeFile(join(directory, 'secret'), 'secret');
    await symlink('../secret', join(root, 'file'));
    await symlink(directory, join(root, 'folder'));
    await writeFile(join(root, '<b>&.log'), '');
    execFileSync('mkfifo', [join(root, 'pipe')]);
  });
  test('names of files are text, not HTML', async () => {
    assert.equal(await ask(), '<pre>\n' + ['%3Cb%3E%26.log">&lt;b&gt;&amp;.log', 'a.log">a.log', 'file">file', 'folder">folder', 'pipe">pipe', 'pods/">pods/'].map((entry) => `<a href="${entry}</a>\n`).join('') + '</pre>\n');
  });
  test('links inside the folder are followed, those out of it are not', async () => {
    assert.equal(await ask('a.log'), 'a line');
    for (const path of [['file'], ['folder'], ['folder', 'secret'], ['none']]) await assert.rejects(ask(...path), { code: 404 }, path.join('/'));
    await assert.rejects(ask('..', 'secret'), { code: 400 });
  });
  test('a pipe does not wait for its writer', async () => {
    await assert.rejects(ask('pipe'), { code: 404 });
  });
});

describe('container log', () => {
  test('lines lose their format, partial ones their line end', () => {
    assert.equal(renderLine('2026-01-01T00:00:00Z stdout F hello world', all), 'hello world\n');
    assert.equal(renderLine('2026-01-01T00:00:00Z stdout P hel', all), 'hel');
    assert.equal(renderLine('2026-01-01T00:00:00Z stdout F ', { ...all, timestamps: true }), '2026-01-01T00:00:00Z \n');
    assert.equal(renderLine('2026-01-01T00:00:00Z stdout F x', { ...all, since: Date.parse('2026-01-01T00:00:01Z') }), undefined);
    assert.equal(renderLine('2026-01-01T00:00:00Z stderr F x', { ...all, stream: 'stdout' }), undefined);
  });
  const lines = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `2026-01-01T00:00:00Z stdout F ${from + index}\n`).join('');
  const read = async (path: string, options: object, ended = () => true): Promise<string> => {
    const output = new PassThrough();
    const text = output.toArray();
    await streamLog(path, { ...all, ...options }, output, { ended, onChange: () => () => undefined, clock: systemClock });
    output.end();
    return Buffer.concat(await text as Buffer[]).toString();
  };
  test('a client who leaves while the file is read does not keep it open', async () => {
    const path = join(scratchDirectory('log'), 'log');
    await writeFile(path, lines(10));
    const output = new PassThrough();
    let gone = false;
    const ended = (): boolean => {
      if (!gone) output.destroy();
      gone = true;
      return false;
    };
    const streaming = streamLog(path, { ...all, follow: true }, output, { ended, onChange: () => () => undefined, clock: systemClock });
    const over = await Promise.race([streaming.then(() => true), new Promise((resolve) => { systemClock.after(3000, () => resolve(false)); })]);
    assert.equal(over, true);
  });
  test('bytes that are no text arrive as they were written', async () => {
    const path = join(scratchDirectory('log'), 'log');
    const said = Buffer.from([0xff, 0xc3, 0x28, 0x00, 0xe2, 0x82, 0xac]);
    await writeFile(path, Buffer.concat([Buffer.from('2026-01-01T00:00:00Z stdout F '), said, Buffer.from('\n')]));
    const output = new PassThrough();
    await streamLog(path, all, output, { ended: () => true, onChange: () => () => undefined, clock: systemClock });
    assert.deepEqual(output.read(), Buffer.concat([said, Buffer.from('\n')]));
  });
  test('the tail, and a limit of bytes', async () => {
    const path = join(scratchDirectory('log'), 'log');
    await writeFile(path, lines(10_000));
    assert.equal(await read(path, { tailLines: 2 }), '9998\n9999\n');
    assert.equal(await read(path, { tailLines: 0 }), '');
    assert.equal(await read(path, { limitBytes: 3 }), '0\n1');
    assert.equal((await read(path, {})).split('\n').length, 10_001);
  });
  test('following reads what is added and stops with the container', async () => {
    const path = join(scratchDirectory('log'), 'log');
    await writeFile(path, lines(1));
    let ended = false;
    const reading = read(path, { follow: true }, () => ended);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await appendFile(path, lines(1, 1));
    ended = true;
    assert.equal(await reading, '0\n1\n');
  });
  test('a parameter that is no number is refused', () => {
    assert.throws(() => logOptions(new URLSearchParams('tailLines=x'), 0), /invalid tailLines/);
  });
});

test('an exit code is told as clients read it', () => {
  assert.deepEqual(exitStatus(3).details?.causes, [{ reason: 'ExitCode', message: '3' }]);
  assert.equal(exitStatus(0).status, 'Success');
});

test('WebSocket messages, plain and base64', () => {
  assert.deepEqual(decodeMessage(Buffer.from([0, 65]), false), { channel: 0, data: Buffer.from('A') });
  assert.deepEqual(decodeMessage(Buffer.from('0QQ=='), true), { channel: 0, data: Buffer.from('A') });
});

/** The client's side of a SPDY stream, as bytes. */
function synStream(deflate: ReturnType<typeof createDeflate>, id: number, headers: Record<string, string>): Promise<Buffer> {
  const text = (value: string) => { const length = Buffer.alloc(4); length.writeUInt32BE(value.length); return Buffer.concat([length, Buffer.from(value)]); };
  const count = Buffer.alloc(4);
  count.writeUInt32BE(Object.keys(headers).length);
  const block = Buffer.concat([count, ...Object.entries(headers).flatMap(([name, value]) => [text(name), text(value)])]);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const collect = (chunk: Buffer): void => { chunks.push(chunk); };
    deflate.on('data', collect);
    deflate.write(block);
    deflate.flush(constants.Z_SYNC_FLUSH, () => {
      deflate.off('data', collect);
      const body = Buffer.concat([Buffer.alloc(10), ...chunks]);
      body.writeUInt32BE(id);
      const head = Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 0]);
      head.writeUInt32BE(body.length, 4);
      resolve(Buffer.concat([head, body]));
    });
  });
}

test('SPDY streams are opened, carry data both ways and end', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const socket = await new Promise<Socket>((resolve) => server.once('connection', resolve));
  const names: (string | undefined)[] = [];
  const connection = new SpdyConnection(socket, Buffer.alloc(0), (stream) => {
    names.push(stream.headers.get('streamtype'));
    stream.pipe(stream);
  });
  const deflate = createDeflate({ dictionary: spdyDictionary() });
  peer.write(await synStream(deflate, 1, { streamtype: 'stdin' }));
  peer.write(await synStream(deflate, 3, { streamtype: 'stdout' }));
  const data = Buffer.concat([Buffer.from([0, 0, 0, 3, 1, 0, 0, 5]), Buffer.from('hello')]);
  peer.write(data.subarray(0, 6));
  peer.write(data.subarray(6));
  let received = Buffer.alloc(0);
  for await (const chunk of peer) {
    received = Buffer.concat([received, chunk as Buffer]);
    if (received.includes(Buffer.from([0, 0, 0, 3, 1, 0, 0, 0]))) break;
  }
  assert.deepEqual(names, ['stdin', 'stdout']);
  assert.ok(received.includes(Buffer.concat([Buffer.from([0, 0, 0, 3, 0, 0, 0, 5]), Buffer.from('hello')])));
  peer.destroy();
  await connection.closed;
  server.close();
});
