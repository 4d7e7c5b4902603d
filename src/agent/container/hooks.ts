import type { Container, LifecycleHandler } from '../../../schema/v1.37/types/core-v1.ts';
import { sleep } from '../../base/clock.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { httpRequest } from '../probes/http-action.ts';
import { portNumber } from '../probes/probe-action.ts';
import { tcpConnect } from '../probes/tcp-action.ts';

export interface HookTarget { runtime: Runtime; container: Container; containerId: string; podIP: string; timeoutMilliseconds: number; signal?: AbortSignal }

const HTTP_TIMEOUT_MILLISECONDS = 30_000;

/** Runs a postStart or preStop handler; throws when it failed. */
export async function runHook(handler: LifecycleHandler, target: HookTarget): Promise<void> {
  const { runtime, container, containerId, podIP, timeoutMilliseconds } = target;
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const result = await runtime.execSync(containerId, command, timeoutMilliseconds);
    if (result.timedOut) throw new Error(`Exec lifecycle hook (${command.join(' ')}) for Container "${container.name}" timed out`);
    if (result.exitCode !== 0) throw new Error(`Exec lifecycle hook ([${command.join(' ')}]) for Container "${container.name}" failed - error: command '${command.join(' ')}' exited with ${result.exitCode}: ${result.stderr}`);
  } else if (handler.httpGet) {
    const port = handler.httpGet.port === undefined || handler.httpGet.port === '' ? (handler.httpGet.scheme === 'HTTPS' ? 443 : 80) : portNumber(handler.httpGet.port, container);
    const timeout = Math.min(timeoutMilliseconds, HTTP_TIMEOUT_MILLISECONDS);
    let answer = await httpRequest(handler.httpGet, { host: podIP, port, timeout, userAgent: 'kube-lifecycle/1.37' });
    // Some handlers were written with HTTPS for a server without it.
    if (answer.kind === 'error' && handler.httpGet.scheme === 'HTTPS' && /wrong version number|packet length|EPROTO/.test(answer.message)) {
      answer = await httpRequest({ ...handler.httpGet, scheme: 'HTTP' }, { host: podIP, port, timeout, userAgent: 'kube-lifecycle/1.37' });
    }
    if (answer.kind === 'error') throw new Error(answer.message);
  } else if (handler.tcpSocket) {
    const problem = await tcpConnect(handler.tcpSocket.host || podIP, portNumber(handler.tcpSocket.port, container), timeoutMilliseconds);
    if (problem) throw new Error(problem);
  } else if (handler.sleep) {
    await sleep(Math.min(handler.sleep.seconds * 1000, timeoutMilliseconds), target.signal).catch(() => undefined);
  } else {
    throw new Error(`invalid handler of container ${container.name}`);
  }
}
