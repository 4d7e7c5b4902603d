import type { Container, Pod, Probe } from '../../../schema/v1.37/types/core-v1.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { httpRequest } from './http-action.ts';
import { grpcHealth } from './grpc-action.ts';
import { tcpConnect } from './tcp-action.ts';

/** `unknown`: the probe itself broke, its result does not count. */
export interface ProbeResult { outcome: 'success' | 'warning' | 'failure' | 'unknown'; output: string }

const OUTPUT_LIMIT = 10 * 1024;

/** Runs a probe once. Never throws. Nothing is forked but for exec. */
export async function runProbe(probe: Probe, target: { pod: Pod; container: Container; containerId: string; podIP: string }, runtime: Runtime): Promise<ProbeResult> {
  const timeout = (probe.timeoutSeconds || 1) * 1000;
  try {
    if (probe.exec) {
      const result = await runtime.execSync(target.containerId, probe.exec.command ?? [], timeout);
      const output = (result.stdout + result.stderr).slice(0, OUTPUT_LIMIT);
      if (result.timedOut) return { outcome: 'failure', output: `command timed out: ${JSON.stringify((probe.exec.command ?? []).join(' '))} timed out after ${timeout / 1000}s` };
      return { outcome: result.exitCode === 0 ? 'success' : 'failure', output };
    }
    if (probe.httpGet) {
      const answer = await httpRequest(probe.httpGet, { host: target.podIP, port: portNumber(probe.httpGet.port, target.container), timeout, userAgent: 'kube-probe/1.37' });
      if (answer.kind === 'error') return { outcome: 'failure', output: answer.message };
      if (answer.kind === 'redirected') return { outcome: 'warning', output: `Probe terminated redirects, Response body: ${answer.body}` };
      if (answer.status >= 200 && answer.status < 400) return { outcome: 'success', output: answer.body };
      return { outcome: 'failure', output: `HTTP probe failed with statuscode: ${answer.status}` };
    }
    if (probe.tcpSocket) {
      const problem = await tcpConnect(probe.tcpSocket.host || target.podIP, portNumber(probe.tcpSocket.port, target.container), timeout);
      return { outcome: problem ? 'failure' : 'success', output: problem ?? '' };
    }
    if (probe.grpc) {
      const problem = await grpcHealth(target.podIP, probe.grpc.port, probe.grpc.service ?? '', timeout);
      return { outcome: problem ? 'failure' : 'success', output: problem ?? '' };
    }
    return { outcome: 'unknown', output: `missing probe handler for ${target.pod.metadata?.namespace}_${target.pod.metadata?.name}:${target.container.name}` };
  } catch (error) {
    return { outcome: 'unknown', output: (error as Error).message };
  }
}

/** A port by number or by the name it has in the container. */
export function portNumber(port: number | string, container: Container): number {
  const value = typeof port === 'number' ? port : /^\d+$/.test(port) ? Number(port) : container.ports?.find((candidate) => candidate.name === port)?.containerPort;
  if (value === undefined) throw new Error(`couldn't find port: ${port} in container ${container.name}`);
  if (value < 1 || value > 65535) throw new Error(`invalid port number: ${value}`);
  return value;
}
