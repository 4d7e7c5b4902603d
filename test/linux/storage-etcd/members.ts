import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { tmpdir } from 'node:os';
import { program } from '../../../conformance/programs.ts';
import { sleep, systemClock } from '../../../src/base/clock.ts';
import { ensureClusterPki, issueServingCertificate, issueUserCertificate } from '../../../src/pki/cluster-pki.ts';
import { EtcdConnection, type EtcdTls } from '../../../src/storage/etcd/connection.ts';
import { ALL_KEYS, RANGE, type Method } from '../../../src/storage/etcd/messages.ts';
import { message } from '../../../src/storage/etcd/wire.ts';

/** The etcd to test with: NARU_ETCD, one in PATH (Debian's), or the one that the conformance kit builds. */
export function findEtcd(): string | undefined {
  const named = process.env['NARU_ETCD'];
  if (named) return named;
  const candidates = [...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'etcd')), program('etcd')];
  return candidates.find((file) => existsSync(file));
}

export interface Member { name: string; url: string; peerUrl: string; process: ChildProcess | undefined }

const START_LIMIT_MILLISECONDS = 30_000;

/** An etcd of one or more members on loopback, in a folder of its own, with TLS towards clients. Its members die with this process. */
export class EtcdMembers {
  readonly members: Member[];
  readonly directory: string;
  readonly tls: EtcdTls;
  private readonly etcd: string;
  private readonly token: string;

  static async start(etcd: string, count: number): Promise<EtcdMembers> {
    await sweep();
    const directory = await mkdtemp(join(tmpdir(), `naru-etcd-${process.pid}-`));
    const ports = await freePorts(2 * count);
    const members = Array.from({ length: count }, (_, index) => ({
      name: `m${index + 1}`, url: `https://127.0.0.1:${ports[2 * index]}`, peerUrl: `http://127.0.0.1:${ports[2 * index + 1]}`, process: undefined,
    }));
    const cluster = new EtcdMembers(etcd, directory, members, await makeKeys(directory));
    try {
      await Promise.all(members.map((member) => cluster.startMember(member)));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  private constructor(etcd: string, directory: string, members: Member[], tls: EtcdTls) {
    this.etcd = etcd;
    this.directory = directory;
    this.members = members;
    this.tls = tls;
    this.token = directory.slice(-6);
  }

  get endpoints(): string[] { return this.members.map((member) => member.url); }

  /** Starts a member that does not run; resolves when it serves. */
  async startMember(member: Member): Promise<void> {
    const pki = join(this.directory, 'pki');
    // setpriv: a test run that is killed leaves no etcd behind.
    member.process = spawn('setpriv', ['--pdeathsig', 'KILL', this.etcd,
      '--name', member.name, '--data-dir', join(this.directory, member.name), '--heartbeat-interval', '50', '--election-timeout', '500', '--log-level', 'error',
      '--listen-client-urls', member.url, '--advertise-client-urls', member.url, '--listen-peer-urls', member.peerUrl, '--initial-advertise-peer-urls', member.peerUrl,
      '--initial-cluster', this.members.map((each) => `${each.name}=${each.peerUrl}`).join(','), '--initial-cluster-token', this.token,
      '--client-cert-auth', '--trusted-ca-file', join(pki, 'ca.crt'), '--cert-file', join(pki, 'server.crt'), '--key-file', join(pki, 'server.key'),
    ], { stdio: ['ignore', 'ignore', process.env['NARU_TEST_DEBUG'] ? 'inherit' : 'ignore'] });
    const end = systemClock.monotonic() + START_LIMIT_MILLISECONDS;
    while (!await this.serves(member)) {
      if (member.process.exitCode !== null || systemClock.monotonic() > end) throw new Error(`etcd ${member.name} did not start (exit code ${member.process.exitCode})`);
      await sleep(30);
    }
  }

  /** kill -9. */
  async killMember(member: Member): Promise<void> {
    const child = member.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    member.process = undefined;
  }

  /** The member that leads now, as the members themselves say. */
  async leader(): Promise<Member> {
    for (let attempt = 0; attempt < 200; attempt++) {
      for (const member of this.members) {
        const status = member.process && await this.ask(member, STATUS, {}).catch(() => undefined);
        if (status && status.leader === status.header?.memberId) return member;
      }
      await sleep(50);
    }
    throw new Error('no member of etcd leads');
  }

  async stop(): Promise<void> {
    await Promise.all(this.members.map((member) => this.killMember(member)));
    await rm(this.directory, { recursive: true, force: true });
  }

  private async serves(member: Member): Promise<boolean> {
    return await this.ask(member, RANGE, { key: ALL_KEYS.key }).catch(() => undefined) !== undefined;
  }

  private async ask<Request extends object, Response extends object>(member: Member, method: Method<Request, Response>, request: Partial<Request>): Promise<Response> {
    const connection = new EtcdConnection(await import('@grpc/grpc-js'), [member.url], this.tls);
    try {
      return (await connection.call(method, request, { whenUnclear: 'fail' }, 1000)).response;
    } finally {
      connection.close();
    }
  }
}

interface MemberStatus { header: { memberId: bigint } | undefined; leader: bigint }

const STATUS: Method<object, MemberStatus> = {
  path: '/etcdserverpb.Maintenance/Status', request: message<object>({}),
  response: message<MemberStatus>({ header: [1, message<{ memberId: bigint }>({ memberId: [2, 'id'] })], leader: [4, 'id'] }),
};

/** Folders of test runs that were killed. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = /^naru-etcd-(\d+)-/.exec(name)?.[1];
    if (owner && !existsSync(`/proc/${owner}`)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

async function makeKeys(directory: string): Promise<EtcdTls> {
  const folder = join(directory, 'pki');
  await mkdir(folder, { recursive: true });
  const { ca } = await ensureClusterPki(join(directory, 'authority'), { apiServer: [] });
  const server = issueServingCertificate(ca, 'etcd', ['127.0.0.1', 'localhost']);
  const client = issueUserCertificate(ca, 'naru', []);
  await writeFile(join(folder, 'ca.crt'), ca.certificatePem);
  await writeFile(join(folder, 'server.crt'), server.certificatePem);
  await writeFile(join(folder, 'server.key'), server.privateKeyPem);
  return { caPem: ca.certificatePem, ...client };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map((server) => new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  })));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
