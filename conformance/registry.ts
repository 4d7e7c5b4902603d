import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

interface Manifest { mediaType: string; digest: string; annotations?: Record<string, string> }

/** A read-only registry of an OCI layout's images, which the nodes ask for `localhost/...`: some tests want a pull to happen. */
export async function serveRegistry(layout: string, address: string): Promise<{ url: string; server: Server }> {
  const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as { manifests: Manifest[] };
  const named = new Map(index.manifests.map((manifest) => [manifest.annotations?.['org.opencontainers.image.ref.name']?.replace(/^localhost\//, ''), manifest]));

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, name, kind, reference] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/?]+)$/.exec(request.url ?? '') ?? [];
    if (request.url === '/v2/') return void response.end('{}');
    const manifest = kind === 'manifests' ? named.get(`${name}:${reference}`) ?? index.manifests.find((one) => one.digest === reference) : undefined;
    const digest = manifest?.digest ?? reference ?? '';
    const file = join(layout, 'blobs', 'sha256', digest.replace(/^sha256:/, ''));
    const size = /^sha256:[0-9a-f]{64}$/.test(digest) ? (await stat(file).catch(() => undefined))?.size : undefined;
    if (size === undefined) return void response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    response.writeHead(200, { 'content-type': manifest?.mediaType ?? 'application/octet-stream', 'content-length': size, 'docker-content-digest': digest });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file).on('error', () => response.destroy()).pipe(response);
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, address, resolve));
  server.unref();
  return { url: `http://${address}:${(server.address() as AddressInfo).port}`, server };
}
