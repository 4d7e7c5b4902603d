import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import { systemClock, type Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { systemRandom, type Random } from '../../base/random.ts';
import { addAddress, deleteAddress } from '../../linux/netlink-route.ts';
import { RouteSocket } from '../../linux/netlink.ts';
import { follow, type ObjectSource } from '../source.ts';
import { ClusterZone } from './cluster-zone.ts';
import { Forwarder } from './forwarder.ts';
import { Resolver } from './resolver.ts';
import { Responder } from './responder.ts';
import { answerQuestions } from './tcp-questions.ts';

export interface DnsOptions {
  services: ObjectSource<Service>;
  endpointSlices: ObjectSource<EndpointSlice>;
  /** Where to listen, e.g. `10.96.0.10`; put on the loopback link for as long as the server runs. */
  address: string;
  port?: number;
  /** E.g. `cluster.local`. */
  domain: string;
  /** The pod and Service ranges, whose reverse zones are ours. */
  ranges: string[];
  /** Servers for names outside; without any such names are refused. */
  upstreams?: string[];
  clock?: Clock;
  random?: Random;
  logger: Logger;
}

export interface DnsServer { stop(): Promise<void> }

const CONNECTION_LIMIT = 256;
const IDLE_MILLISECONDS = 10_000;

class ClusterDns implements DnsServer {
  private readonly options: DnsOptions;
  private readonly zone = new ClusterZone();
  private readonly forwarder: Forwarder | undefined;
  private readonly responder: Responder;
  private readonly udp: UdpSocket = createSocket({ type: 'udp4', reuseAddr: true });
  private readonly tcp: Server;
  private readonly connections = new Set<Socket>();
  private unfollow: (() => void)[] = [];

  constructor(options: DnsOptions) {
    this.options = options;
    const random = options.random ?? systemRandom;
    this.forwarder = options.upstreams?.length ? new Forwarder(options.upstreams, options.clock ?? systemClock, random) : undefined;
    this.responder = new Responder(new Resolver(this.zone, options.domain, options.ranges, options.address), this.forwarder, random);
    this.tcp = createServer((socket) => this.serveConnection(socket));
    this.tcp.maxConnections = CONNECTION_LIMIT;
  }

  async start(): Promise<void> {
    const { services, endpointSlices, address, port = 53, logger } = this.options;
    this.holdAddress(true);
    this.udp.on('message', (bytes, from) => {
      this.responder.respond(bytes, false).then(
        (answer) => this.sendUdp(answer, from),
        (error: Error) => logger.warn('a question could not be answered', { error: error.message }),
      );
    });
    this.unfollow = [
      follow(services, (service) => this.zone.setService(service), (service) => this.zone.deleteService(service)),
      follow(endpointSlices, (slice) => this.zone.setSlice(slice), (slice) => this.zone.deleteSlice(slice)),
    ];
    // A server that does not know all names yet would deny some that exist.
    await Promise.all([services.synced(), endpointSlices.synced()]);
    this.udp.bind(port, address);
    this.tcp.listen(port, address);
    await Promise.all([once(this.udp, 'listening'), once(this.tcp, 'listening')]);
    this.udp.on('error', (error) => logger.warn('the UDP socket failed', { error: error.message }));
    this.tcp.on('error', (error) => logger.warn('the TCP socket failed', { error: error.message }));
  }

  async stop(): Promise<void> {
    for (const end of this.unfollow) end();
    this.forwarder?.stop();
    for (const socket of this.connections) socket.destroy();
    this.tcp.close();
    this.udp.close();
    this.holdAddress(false);
  }

  private holdAddress(wanted: boolean): void {
    if (this.options.address.startsWith('127.')) return;
    const routes = RouteSocket.open();
    try {
      const loopback = routes.link('lo');
      if (!loopback) return;
      // Of host scope, so that no packet for elsewhere is ever sent from it.
      if (wanted) routes.apply([addAddress(loopback.index, `${this.options.address}/32`, 'host')]);
      else routes.apply([deleteAddress(loopback.index, `${this.options.address}/32`)], 'EADDRNOTAVAIL');
    } finally {
      routes.close();
    }
  }

  /** Nobody can be answered at port 0, which a pod may write into its packets. */
  private sendUdp(answer: Buffer | undefined, to: { port: number; address: string }): void {
    if (answer && to.port !== 0) this.udp.send(answer, to.port, to.address);
  }

  private serveConnection(socket: Socket): void {
    this.connections.add(socket);
    socket.setTimeout(IDLE_MILLISECONDS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.connections.delete(socket));
    answerQuestions(socket, (question) => this.responder.respond(question, true));
  }
}

/** Starts the cluster's name server in this network namespace; resolves when it knows every name and listens. */
export async function startDns(options: DnsOptions): Promise<DnsServer> {
  const server = new ClusterDns(options);
  await server.start();
  return server;
}
