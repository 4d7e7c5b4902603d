import { request } from 'node:http';

export interface Fetched { code: number; body: string }

/** One GET on a connection of its own; rejects when nothing answers in time. */
export function fetchOnce(host: string, port: number, path = '/', milliseconds = 2000): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, agent: false, timeout: milliseconds }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body: body.trim() }));
      response.on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error(`${host}:${port} did not answer in ${milliseconds} ms`)));
    asked.on('error', reject);
    asked.end();
  });
}
