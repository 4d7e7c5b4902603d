import { readdir } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { openInside } from '../../linux/open-inside.ts';
import type { AgentPaths } from '../options.ts';
import { RequestError } from './log-instance.ts';

/** Files below the node's log directory, and lists of its folders. There is no journal to ask. */
export async function serveNodeLogs({ logs }: AgentPaths, path: string[], query: URLSearchParams, response: ServerResponse): Promise<void> {
  if (query.has('query')) throw new RequestError(404, 'this node keeps no service logs');
  if (path.includes('..')) throw new RequestError(400, 'bad path');
  // Pods that mount the log directory may put links and pipes there.
  const handle = await openInside(logs.replace(/\/pods$/, ''), path.join('/'));
  if (!handle) throw new RequestError(404, 'not found');
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

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

function sendList(response: ServerResponse, entries: { name: string; isDirectory(): boolean }[]): void {
  const links = entries.map((entry) => entry.name + (entry.isDirectory() ? '/' : '')).sort()
    .map((name) => `<a href="${encodeURIComponent(name).replaceAll('%2F', '/')}">${name.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')}</a>\n`);
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(`<pre>\n${links.join('')}</pre>\n`);
}
