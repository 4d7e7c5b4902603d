import { StatusError } from '../../api/status.ts';
import { formatTime } from '../../base/clock.ts';
import { KUBERNETES_VERSION, versionInfo } from './version.ts';

/** Of a program whose pages for debugging are asked for. */
export interface Program {
  name: string;
  startedAt: number;
  paths: string[];
  /** Its flags as it takes them, by name. */
  flags(): Record<string, string>;
}

export interface DebugPage { contentType: string; body: string; warnings: string[] }

const VERSIONS = ['v1alpha1', 'v1beta1'];
const GROUP = 'config.k8s.io';
const TEXT = 'text/plain; charset=utf-8';
const MINUTE = 60, HOUR = 3600;

/** `/statusz`: what runs here, since when. Throws StatusError 406 for a form that it does not have. */
export async function statusPage(program: Program, now: number, accept: string | undefined): Promise<DebugPage> {
  const seconds = Math.floor((now - program.startedAt) / 1000);
  const binary = KUBERNETES_VERSION.slice(1), emulated = binary.split('.').slice(0, 2).join('.');
  const { goVersion } = versionInfo();
  const two = (count: number): string => String(count).padStart(2, '0');
  return page('Statusz', program.name, accept, {
    startTime: formatTime(program.startedAt), uptimeSeconds: seconds, goVersion, binaryVersion: binary, emulationVersion: emulated, paths: program.paths,
  }, [
    '', `Started: ${new Date(program.startedAt).toUTCString()}`, `Up: ${Math.floor(seconds / HOUR)} hr ${two(Math.floor(seconds % HOUR / MINUTE))} min ${two(seconds % MINUTE)} sec`, `Go version: ${goVersion}`,
    `Binary version: ${binary}`, `Emulation version: ${emulated}`, `Paths: ${program.paths.join(' ')}`,
  ]);
}

/** `/flagz`: the flags the program was started with. */
export async function flagsPage(program: Program, accept: string | undefined): Promise<DebugPage> {
  const flags = Object.fromEntries(Object.entries(program.flags()).sort(([left], [right]) => left < right ? -1 : 1));
  return page('Flagz', program.name, accept, { flags }, Object.entries(flags).map(([name, value]) => `${name}: ${value}`));
}

async function page(kind: 'Statusz' | 'Flagz', name: string, accept: string | undefined, fields: object, lines: string[]): Promise<DebugPage> {
  const form = formOf(accept, kind);
  if (form.type === 'text') return { contentType: TEXT, body: `\n${name} ${kind.toLowerCase()}\nFor people who debug; programs ask for JSON.\n${lines.join('\n')}\n`, warnings: [] };
  const object = { kind, apiVersion: `${GROUP}/${form.version}`, metadata: { name }, ...fields };
  const warnings = form.version === 'v1beta1' ? [] : [`This version of the ${kind.toLowerCase()} endpoint is deprecated. Please use a newer version.`];
  return {
    contentType: `application/${form.type};g=${GROUP};v=${form.version};as=${kind}`, warnings,
    body: form.type === 'json' ? JSON.stringify(object, undefined, 2) : (await import('yaml')).stringify(object, { sortMapEntries: true }),
  };
}

function formOf(accept: string | undefined, kind: string): { type: 'text' } | { type: 'json' | 'yaml'; version: string } {
  for (const part of (accept || '*/*').split(',')) {
    const [media = '', ...parameters] = part.split(';').map((text) => text.trim());
    if (['*/*', 'text/*', 'text/plain'].includes(media)) return { type: 'text' };
    const given = Object.fromEntries(parameters.map((parameter) => parameter.split('=', 2))) as Record<string, string>;
    const type = media === 'application/json' ? 'json' : media === 'application/yaml' ? 'yaml' : undefined;
    if (type && given['g'] === GROUP && given['as'] === kind && VERSIONS.includes(given['v'] ?? '')) return { type, version: given['v'] as string };
  }
  throw new StatusError(406, 'NotAcceptable', 'only the following media types are accepted: application/json, application/yaml, text/plain');
}
