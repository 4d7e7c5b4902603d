import { Agent, request, type RequestOptions } from 'node:https';

/** One request as both sides get it. */
export interface Call { method: string; path: string; headers?: Record<string, string>; body?: string | Buffer }
export interface Answer { code: number; headers: Record<string, string>; warnings: string[]; bytes: Buffer }
export interface Endpoint { url: string; ca: string; cert: string; key: string }

const TIMEOUT_MILLISECONDS = 6000;

/** An administrator's connection to one of the servers. */
export class Side {
  readonly name: string;
  private readonly endpoint: Endpoint;
  private readonly agent: Agent;

  constructor(name: string, endpoint: Endpoint) {
    this.name = name;
    this.endpoint = endpoint;
    this.agent = new Agent({ keepAlive: true, maxSockets: 4, ca: endpoint.ca, cert: endpoint.cert, key: endpoint.key });
  }

  /** A connection that breaks is code 0, with the error as its body. */
  send({ method, path, headers = {}, body }: Call): Promise<Answer> {
    const { hostname, port } = new URL(this.endpoint.url);
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options: RequestOptions = { hostname, port, method, path, agent: this.agent, timeout: TIMEOUT_MILLISECONDS, headers: { ...length, ...headers } };
    return new Promise((resolve) => {
      const fail = (error: Error): void => resolve({ code: 0, headers: {}, warnings: [], bytes: Buffer.from(error.message) });
      const call = request(options, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('error', fail);
        answer.on('end', () => resolve({
          code: answer.statusCode ?? 0, warnings: answer.rawHeaders.filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === 'warning'),
          headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])), bytes: Buffer.concat(parts),
        }));
      });
      call.on('timeout', () => call.destroy(new Error('no answer in time')));
      call.on('error', fail);
      call.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
