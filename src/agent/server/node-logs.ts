import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AgentPaths } from '../options.ts';
import { RequestError } from './log-instance.ts';

/** Files below the node's log directory, and lists of its folders. There is no journal to ask. */
export async function serveNodeLogs({ logs }: AgentPaths, path: string[], query: URLSearchParams, response: ServerResponse): Promise<void> {
  if (query.has('query')) throw new RequestError(404, 'this node keeps no service logs');
  const root = logs.replace(/\/pods$/, '');
  const wanted = normalize(`${root}/${path.join('/')}`);
  if (wanted !== root && !wanted.startsWith(`${root}/`) && wanted !== `${root}/`) throw new RequestError(400, 'bad path');
  const stats = await stat(wanted).catch(() => { throw new RequestError(404, 'not found'); });
  if (stats.isDirectory()) {
    const entries = await readdir(wanted, { withFileTypes: true });
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(`<pre>\n${entries.map((entry) => `${entry.name}${entry.isDirectory() ? '/' : ''}`).map((name) => `<a href="${encodeURIComponent(name)}">${name}</a>`).join('\n')}\n</pre>\n`);
    return;
  }
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
  // Not `pipe`: a file that cannot be read would end the agent, and one whose reader left would stay open.
  await pipeline(createReadStream(wanted), response);
}
