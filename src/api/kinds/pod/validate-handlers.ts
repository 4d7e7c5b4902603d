import type { ExecAction, GRPCAction, HTTPGetAction, Lifecycle, PodOS, Probe, SleepAction, TCPSocketAction } from './types.ts';
import type { Findings } from '../common/findings.ts';
import { httpHeaderName, portName, portNumber } from '../common/formats.ts';

const WINDOWS_SIGNALS = ['SIGKILL', 'SIGTERM'];
const NAMED_SIGNALS = ('ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG '
  + 'USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX').split(' ');
const REALTIME_SIGNALS = [...Array.from({ length: 15 }, (_, index) => `RTMIN+${index + 1}`), ...Array.from({ length: 14 }, (_, index) => `RTMAX-${index + 1}`)];
const LINUX_SIGNALS = [...NAMED_SIGNALS, ...REALTIME_SIGNALS].map((name) => `SIG${name}`).sort();

interface Handler { exec?: ExecAction; httpGet?: HTTPGetAction; tcpSocket?: TCPSocketAction; grpc?: GRPCAction; sleep?: SleepAction }

export function validatePort(findings: Findings, path: string, port: number | string | undefined): void {
  if (typeof port === 'string') findings.invalidEach(path, port, portName(port));
  else findings.invalidEach(path, port ?? 0, portNumber(port ?? 0));
}

function validateHttpGet(findings: Findings, path: string, action: HTTPGetAction): void {
  if (!action.path) findings.required(`${path}.path`);
  validatePort(findings, `${path}.port`, action.port);
  findings.oneOf(`${path}.scheme`, action.scheme, ['HTTP', 'HTTPS']);
  for (const { name } of action.httpHeaders ?? []) findings.invalidEach(`${path}.httpHeaders`, name, httpHeaderName(name));
}

function validateHandler(findings: Findings, path: string, handler: Handler, gracePeriod: number | undefined): void {
  let count = 0;
  const first = (name: string): boolean => {
    if (count++ === 0) return true;
    findings.forbidden(`${path}.${name}`, 'may not specify more than 1 handler type');
    return false;
  };
  if (handler.exec && first('exec') && !handler.exec.command?.length) findings.required(`${path}.exec.command`);
  if (handler.httpGet && first('httpGet')) validateHttpGet(findings, `${path}.httpGet`, handler.httpGet);
  if (handler.tcpSocket && first('tcpSocket')) validatePort(findings, `${path}.tcpSocket.port`, handler.tcpSocket.port);
  if (handler.grpc && first('grpc')) findings.invalidEach(`${path}.grpc.port`, handler.grpc.port, portNumber(handler.grpc.port));
  if (handler.sleep && first('sleep')) {
    const { seconds } = handler.sleep;
    if (gracePeriod != null && (seconds < 0 || seconds > gracePeriod)) {
      findings.invalid(`${path}.sleep`, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`);
    }
  }
  if (count === 0) findings.required(path, 'must specify a handler type');
}

export type ProbeKind = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

export function validateProbe(findings: Findings, path: string, kind: ProbeKind, probe: Probe | undefined, gracePeriod: number | undefined): void {
  if (!probe) return;
  const at = `${path}.${kind}`;
  validateHandler(findings, at, probe, gracePeriod);
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) {
    findings.notNegative(`${at}.${field}`, probe[field]);
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace != null && grace <= 0) findings.invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0');
  if (kind === 'readinessProbe') {
    if (grace != null) findings.invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes');
  } else if (probe.successThreshold !== 1) findings.invalid(`${at}.successThreshold`, probe.successThreshold ?? 0, 'must be 1');
}

export function validateLifecycle(findings: Findings, path: string, lifecycle: Lifecycle, gracePeriod: number | undefined, os: PodOS | undefined): void {
  if (lifecycle.postStart) validateHandler(findings, `${path}.postStart`, lifecycle.postStart, gracePeriod);
  if (lifecycle.preStop) validateHandler(findings, `${path}.preStop`, lifecycle.preStop, gracePeriod);
  if (lifecycle.stopSignal == null) return;
  const at = `${path}.stopSignal`;
  if (!os) findings.forbidden(at, 'may not be set for containers with empty `spec.os.name`');
  else if (os.name === 'windows') findings.oneOf(at, lifecycle.stopSignal, WINDOWS_SIGNALS);
  else if (os.name === 'linux') findings.oneOf(at, lifecycle.stopSignal, LINUX_SIGNALS);
}
