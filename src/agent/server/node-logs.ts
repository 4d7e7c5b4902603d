import { constants } from 'node:fs';
import { open, readdir, readlink, realpath, type FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AgentPaths } from '../options.ts';
import { RequestError } from './log-instance.ts';

/** Files below the node's log directory, and lists of its folders. There is no journal to ask. */
export async function serveNodeLogs({ logs }: AgentPaths, path: string[], query: URLSearchParams, response: ServerResponse): Promise<void> {
  if (query.has('query')) throw new RequestError(404, 'this node keeps no service logs');
  if (path.includes('..')) throw new RequestError(400, 'bad path');
  const handle = await openInside(await realpath(logs.replace(/\/pods$/, '')), path.join('/'));
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) return sendList(response, await readdir(`/proc/self/fd/${handle.fd}`, { withFileTypes: true }));
    if (!stats.isFile()) throw new RequestError(404, 'not found');
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
    // Not `pipe`: a file that cannot be read would end the agent, and one whose reader left would stay open.
    await pipeline(handle.createReadStream({ autoClose: false }), response);
  } finally {
    await handle.close();
  }
}

/**
 * Pods that mount the log directory may put links and pipes there. Links are followed inside it only, judged by where the open file
 * really is; opening a pipe must not wait for its writer.
 */
async function openInside(root: string, path: string): Promise<FileHandle> {
  const missing = (): never => { throw new RequestError(404, 'not found'); };
  const handle = await realpath(join(root, path)).then((real) => open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)).catch(missing);
  const really = await readlink(`/proc/self/fd/${handle.fd}`);
  if (really === root || really.startsWith(`${root}/`)) return handle;
  await handle.close();
  return missing();
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

function sendList(response: ServerResponse, entries: { name: string; isDirectory(): boolean }[]): void {
  const links = entries.map((entry) => entry.name + (entry.isDirectory() ? '/' : '')).sort()
    .map((name) => `<a href="${encodeURIComponent(name).replaceAll('%2F', '/')}">${name.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')}</a>\n`);
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(`<pre>\n${links.join('')}</pre>\n`);
}
