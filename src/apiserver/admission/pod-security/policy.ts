import { BASELINE } from './baseline.ts';
import { LATEST, type CheckedPod, type Finding, type Version } from './pod.ts';
import { RESTRICTED } from './restricted.ts';

const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];
export interface LevelVersion { level: Level; version: Version }
export interface Policy { enforce: LevelVersion; audit: LevelVersion; warn: LevelVersion }
export interface LabelError { label: string; value: string; message: string }

const PREFIX = 'pod-security.kubernetes.io/';

export const describePolicy = ({ level, version }: LevelVersion): string => `${level}:${version === LATEST ? 'latest' : `v1.${version}`}`;
export const samePolicy = (one: LevelVersion, other: LevelVersion): boolean => one.level === other.level && one.version === other.version;
export const isStricter = (one: Level, other: Level): boolean => LEVELS.indexOf(one) > LEVELS.indexOf(other);

export const isLevel = (text: string): text is Level => (LEVELS as readonly string[]).includes(text);
export const LEVEL_MESSAGE = `must be one of ${LEVELS.join(', ')}`;
export const VERSION_MESSAGE = 'must be "latest" or "v1.x"';

export function parseVersion(text: string): Version | undefined {
  if (text === 'latest') return LATEST;
  const match = /^v1\.(\d|[1-9]\d*)$/.exec(text);
  return match ? Number(match[1]) : undefined;
}

/** What counts where labels are silent. */
export const PRIVILEGED: Policy = { enforce: { level: 'privileged', version: LATEST }, audit: { level: 'privileged', version: LATEST }, warn: { level: 'privileged', version: LATEST } };

export const isPrivileged = ({ enforce, audit, warn }: Policy): boolean => [enforce, audit, warn].every(({ level }) => level === 'privileged');

/** The policy that a namespace's labels state. Unreadable labels enforce the strictest and are reported. */
export function readPolicy(labels: Record<string, string> = {}, defaults = PRIVILEGED): { policy: Policy; errors: LabelError[] } {
  const errors: LabelError[] = [];
  const read = (mode: keyof Policy): LevelVersion & { hasLevel: boolean; valid: boolean; hasVersion: boolean } => {
    const levelLabel = labels[PREFIX + mode];
    const versionLabel = labels[`${PREFIX}${mode}-version`];
    const valid = levelLabel !== undefined && isLevel(levelLabel);
    if (levelLabel !== undefined && !valid) errors.push({ label: PREFIX + mode, value: levelLabel, message: LEVEL_MESSAGE });
    const version = versionLabel === undefined ? defaults[mode].version : parseVersion(versionLabel);
    if (version === undefined) errors.push({ label: `${PREFIX}${mode}-version`, value: versionLabel!, message: VERSION_MESSAGE });
    const fallback: Level = levelLabel === undefined ? defaults[mode].level : mode === 'enforce' ? 'restricted' : 'privileged';
    return { level: valid ? levelLabel : fallback, version: version ?? LATEST, hasLevel: levelLabel !== undefined, valid, hasVersion: versionLabel !== undefined };
  };
  const [enforce, audit, warn] = [read('enforce'), read('audit'), read('warn')];
  if (!warn.hasLevel && enforce.valid && isStricter(enforce.level, warn.level)) {
    warn.level = enforce.level;
    if (!warn.hasVersion) warn.version = enforce.version;
  }
  const plain = ({ level, version }: LevelVersion): LevelVersion => ({ level, version });
  return { policy: { enforce: plain(enforce), audit: plain(audit), warn: plain(warn) }, errors };
}

/** Everything a level objects to in a pod; empty when it is allowed. */
export function findings({ level, version }: LevelVersion, pod: CheckedPod): NonNullable<Finding>[] {
  if (level === 'privileged') return [];
  const restricted = level === 'restricted' ? RESTRICTED.filter(({ since }) => version >= since) : [];
  const overridden = new Set(restricted.flatMap(({ overrides }) => overrides ?? []));
  const checks = [...BASELINE.filter(({ id, since }) => version >= since && !overridden.has(id)), ...restricted];
  return checks.map(({ check }) => check(pod, version)).filter((finding) => finding !== undefined);
}

export const describeFindings = (found: NonNullable<Finding>[]): string => found.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');
export const describeReasons = (found: NonNullable<Finding>[]): string => found.map(({ reason }) => reason).join(', ');
