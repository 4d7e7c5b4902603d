import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPrograms, program } from '../../conformance/programs.ts';
import { sleep } from '../../src/base/clock.ts';
import type { KeyPair } from '../../src/pki/certificate.ts';
import { ensureClusterPki, type ClusterPki } from '../../src/pki/cluster-pki.ts';
import { formatKubeconfig, makeKubeconfig } from '../../src/pki/kubeconfig.ts';

export interface UpstreamOptions {
  /** kube-controller-manager and kube-scheduler too; without them Service accounts and bindings do not come. */
  withControllers: boolean;
  /** Further flags by program. */
  flags?: Partial<Record<'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler', string[]>>;
}

export interface Upstream {
  /** File with the administrator's access. */
  kubeconfig: string;
  pki: ClusterPki;
  url: string;
  /** Of its etcd, which takes anybody. */
  etcdUrl: string;
  /** Name and process number of each server. */
  processes: { name: string; pid: number }[];
  /** Ends the servers and forgets their data. */
  stop(): Promise<void>;
}

const READY_SECONDS = 60;
const END_SECONDS = 15;
const SERVICE_RANGE = '10.96.0.0/12';

/** Upstream's own servers, built as the conformance kit builds programs, on free ports of the loopback address with empty data. */
export async function startUpstream(options: UpstreamOptions, say: (message: string) => void): Promise<Upstream> {
  await buildPrograms(say, ['etcd', 'kube-apiserver', ...(options.withControllers ? ['kube-controller-manager', 'kube-scheduler'] : [])]);
  const folder = mkdtempSync(join(tmpdir(), 'naru-upstream-'));
  const pki = await ensureClusterPki(join(folder, 'pki'), { apiServer: ['localhost', '127.0.0.1', 'kubernetes.default.svc'] });
  const servers = new Servers(folder);
  const [etcdPort, peerPort, apiPort, managerPort, schedulerPort] = await freePorts(5) as [number, number, number, number, number];
  const url = `https://127.0.0.1:${apiPort}`;
  const access = (user: string, keyPair: KeyPair): string => {
    const file = join(folder, `${user}.kubeconfig`);
    const config = makeKubeconfig({ clusterName: 'upstream', userName: user, server: url, caPem: pki.ca.certificatePem, credentials: { keyPair } });
    writeFileSync(file, formatKubeconfig(config), { mode: 0o600 });
    return file;
  };
  try {
    servers.start('etcd', etcdFlags(join(folder, 'etcd'), etcdPort, peerPort));
    servers.start('kube-apiserver', [...apiServerFlags(join(folder, 'pki'), etcdPort, apiPort), ...options.flags?.['kube-apiserver'] ?? []]);
    await servers.untilReady('kube-apiserver', `${url}/readyz`, pki);
    if (options.withControllers) {
      const manager = access('controller-manager', pki.controllerManager), scheduler = access('scheduler', pki.scheduler);
      servers.start('kube-controller-manager', [...controllerFlags(join(folder, 'pki'), manager, managerPort), ...options.flags?.['kube-controller-manager'] ?? []]);
      servers.start('kube-scheduler', [...clientFlags(scheduler, schedulerPort), ...options.flags?.['kube-scheduler'] ?? []]);
      await servers.untilReady('kube-controller-manager', `https://127.0.0.1:${managerPort}/healthz`, pki);
      await servers.untilReady('kube-scheduler', `https://127.0.0.1:${schedulerPort}/healthz`, pki);
    }
  } catch (error) {
    await servers.stop();
    throw error;
  }
  return { kubeconfig: access('admin', pki.admin), pki, url, etcdUrl: `http://127.0.0.1:${etcdPort}`, processes: servers.list(), stop: () => servers.stop() };
}

function etcdFlags(data: string, port: number, peerPort: number): string[] {
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return ['--name=one', `--data-dir=${data}`, `--listen-client-urls=${client}`, `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=one=${peer}`];
}

function apiServerFlags(pki: string, etcdPort: number, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`, `--secure-port=${port}`, '--bind-address=127.0.0.1', `--service-cluster-ip-range=${SERVICE_RANGE}`,
    // A loopback address may not be advertised; this one of the range for documentation is never contacted.
    '--advertise-address=192.0.2.1', '--endpoint-reconciler-type=none',
    `--tls-cert-file=${pki}/apiserver.crt`, `--tls-private-key-file=${pki}/apiserver.key`, `--client-ca-file=${pki}/ca.crt`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local', `--service-account-key-file=${pki}/sa.pub`, `--service-account-signing-key-file=${pki}/sa.key`,
    `--requestheader-client-ca-file=${pki}/front-proxy-ca.crt`, '--requestheader-allowed-names=front-proxy-client', '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group', '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${pki}/front-proxy-client.crt`, `--proxy-client-key-file=${pki}/front-proxy-client.key`, '--enable-aggregator-routing=true',
    '--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction', '--allow-privileged=true',
  ];
}

const clientFlags = (kubeconfig: string, port: number): string[] => [
  `--kubeconfig=${kubeconfig}`, `--authentication-kubeconfig=${kubeconfig}`, `--authorization-kubeconfig=${kubeconfig}`,
  '--bind-address=127.0.0.1', `--secure-port=${port}`, '--leader-elect=false',
];

function controllerFlags(pki: string, kubeconfig: string, port: number): string[] {
  return [...clientFlags(kubeconfig, port), `--service-account-private-key-file=${pki}/sa.key`, `--root-ca-file=${pki}/ca.crt`,
    `--cluster-signing-cert-file=${pki}/ca.crt`, `--cluster-signing-key-file=${pki}/ca.key`, '--use-service-account-credentials=true'];
}

/** Processes with a log file each, ended in the order opposite to their start. */
class Servers {
  private readonly folder: string;
  private readonly children = new Map<string, ChildProcess>();

  constructor(folder: string) {
    this.folder = folder;
  }

  start(name: string, flags: string[]): void {
    const log = openSync(this.logOf(name), 'w');
    this.children.set(name, spawn(program(name), flags, { stdio: ['ignore', log, log] }));
    closeSync(log);
  }

  list(): Upstream['processes'] {
    return [...this.children].map(([name, { pid }]) => ({ name, pid: pid as number }));
  }

  async untilReady(name: string, url: string, pki: ClusterPki): Promise<void> {
    for (let tries = 0; tries < READY_SECONDS * 10; tries++) {
      if (await answersOk(url, pki)) return;
      if (this.children.get(name)?.exitCode !== null) break;
      await sleep(100);
    }
    throw new Error(`${name} does not become ready:\n${readFileSync(this.logOf(name), 'utf8').split('\n').slice(-5).join('\n')}`);
  }

  async stop(): Promise<void> {
    for (const child of [...this.children.values()].reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise<void>((resolve) => { child.once('exit', () => resolve()); });
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), END_SECONDS * 1000);
      await ended;
      clearTimeout(timer);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private logOf(name: string): string {
    return join(this.folder, `${name}.log`);
  }
}

/** The schedulers' own certificates are self-signed, so nothing is verified: it is only asked whether they answer. */
function answersOk(url: string, pki: ClusterPki): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request(url, { agent: false, rejectUnauthorized: false, cert: pki.admin.certificatePem, key: pki.admin.privateKeyPem, timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve(false));
    asking.end();
  });
}

async function freePorts(count: number): Promise<number[]> {
  const listeners = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((resolve) => {
    const listener = createServer().listen(0, '127.0.0.1', () => resolve(listener));
  })));
  const ports = listeners.map((listener) => (listener.address() as AddressInfo).port);
  await Promise.all(listeners.map((listener) => new Promise((resolve) => { listener.close(resolve); })));
  return ports;
}
