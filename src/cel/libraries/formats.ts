import type { Environment } from '../environment.ts';
import { NONE, Optional } from '../values.ts';

interface Format { name: string; maximum?: number; test: RegExp | ((text: string) => boolean) }

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const isQualifiedName = (text: string): boolean => {
  const parts = text.split('/');
  const name = parts.pop() ?? '';
  const [prefix] = parts;
  return parts.length <= 1 && /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name) && name.length <= 63
    && (prefix === undefined || new RegExp(`^${LABEL}(\\.${LABEL})*$`).test(prefix));
};
const FORMATS: Format[] = [
  { name: 'dns1123Label', maximum: 63, test: new RegExp(`^${LABEL}$`) },
  { name: 'dns1123Subdomain', maximum: 253, test: new RegExp(`^${LABEL}(\\.${LABEL})*$`) },
  { name: 'dns1035Label', maximum: 63, test: new RegExp(`^${DNS_1035}$`) },
  { name: 'qualifiedName', test: isQualifiedName },
  { name: 'dns1123LabelPrefix', maximum: 63, test: (text) => new RegExp(`^${LABEL}$`).test(text.replace(/-$/, 'a')) },
  { name: 'dns1123SubdomainPrefix', maximum: 253, test: (text) => new RegExp(`^${LABEL}(\\.${LABEL})*$`).test(text.replace(/-$/, 'a')) },
  { name: 'dns1035LabelPrefix', maximum: 63, test: (text) => new RegExp(`^${DNS_1035}$`).test(text.replace(/-$/, 'a')) },
  { name: 'labelValue', maximum: 63, test: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/ },
  { name: 'uri', test: (text) => /^[a-zA-Z][\w+.-]*:\S+$/.test(text) || /^\/\S*$/.test(text) },
  { name: 'uuid', test: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i },
  { name: 'byte', test: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/ },
  { name: 'date', test: /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/ },
  { name: 'datetime', test: (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i.test(text) && !Number.isNaN(Date.parse(text)) },
];

class CelFormat {
  readonly format: Format;
  constructor(format: Format) {
    this.format = format;
  }
  equals(other: unknown): boolean {
    return other instanceof CelFormat && other.format === this.format;
  }
}

class Version {
  readonly parts: [bigint, bigint, bigint];
  readonly prerelease: string[];
  constructor(parts: [bigint, bigint, bigint], prerelease: string[]) {
    this.parts = parts;
    this.prerelease = prerelease;
  }
  equals(other: unknown): boolean {
    return other instanceof Version && compareVersions(this, other) === 0;
  }
}

const SEMVER = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

function parseVersion(text: string): Version | undefined {
  const match = SEMVER.exec(text);
  if (!match) return undefined;
  return new Version([BigInt(match[1]!), BigInt(match[2]!), BigInt(match[3]!)], match[4] ? match[4].split('.') : []);
}

/** Takes `v1.2` for `1.2.0`. */
function normalized(text: string): string {
  const [, core = '', rest = ''] = /^v?([^-+]*)(.*)$/.exec(text) ?? [];
  const numbers = core.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (numbers.length < 3) numbers.push('0');
  return `${numbers.join('.')}${rest}`;
}

/** By the rules of semver.org: a pre-release comes before its release. */
export function compareVersions(one: Version, other: Version): number {
  for (const index of [0, 1, 2] as const) if (one.parts[index] !== other.parts[index]) return one.parts[index] < other.parts[index] ? -1 : 1;
  if (one.prerelease.length === 0 || other.prerelease.length === 0) return Math.sign(other.prerelease.length - one.prerelease.length);
  for (let index = 0; index < Math.max(one.prerelease.length, other.prerelease.length); index++) {
    const [a, b] = [one.prerelease[index], other.prerelease[index]];
    if (a === b) continue;
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
    if (isNumberA && isNumberB) return Number(a) < Number(b) ? -1 : 1;
    if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
    return a < b ? -1 : 1;
  }
  return 0;
}

/** `!format.dns1123Label().validate('a').hasValue()`, `semver('1.2.3').isLessThan(semver('2.0.0'))` */
export function registerFormats(environment: Environment): void {
  environment.registerType('kubernetes.NamedFormat', CelFormat)
    .registerFunction('format.named(string): optional<kubernetes.NamedFormat>', (name: string) => {
      const found = FORMATS.find((format) => format.name === name);
      return found ? Optional.of(new CelFormat(found)) : NONE;
    })
    .registerFunction('kubernetes.NamedFormat.validate(string): optional<list<string>>', ({ format }: CelFormat, text: string) => {
      const fits = typeof format.test === 'function' ? format.test(text) : format.test.test(text);
      const problems = [...(format.maximum !== undefined && text.length > format.maximum ? [`must be no more than ${format.maximum} characters`] : []), ...(fits ? [] : [`must be a valid ${format.name}`])];
      return problems.length > 0 ? Optional.of(problems) : NONE;
    });
  for (const format of FORMATS) environment.registerFunction(`format.${format.name}(): kubernetes.NamedFormat`, () => new CelFormat(format));
  const versionOf = (text: string): Version => {
    const found = parseVersion(text);
    if (!found) throw new Error(`No Major.Minor.Patch elements found: ${JSON.stringify(text)}`);
    return found;
  };
  environment.registerType('kubernetes.Semver', Version)
    .registerFunction('isSemver(string): bool', (text: string) => parseVersion(text) !== undefined)
    .registerFunction('isSemver(string, bool): bool', (text: string, loose: boolean) => parseVersion(loose ? normalized(text) : text) !== undefined)
    .registerFunction('semver(string): kubernetes.Semver', versionOf)
    .registerFunction('semver(string, bool): kubernetes.Semver', (text: string, loose: boolean) => versionOf(loose ? normalized(text) : text))
    .registerFunction('kubernetes.Semver.major(): int', ({ parts }: Version) => parts[0])
    .registerFunction('kubernetes.Semver.minor(): int', ({ parts }: Version) => parts[1])
    .registerFunction('kubernetes.Semver.patch(): int', ({ parts }: Version) => parts[2])
    .registerFunction('kubernetes.Semver.isLessThan(kubernetes.Semver): bool', (one: Version, other: Version) => compareVersions(one, other) < 0)
    .registerFunction('kubernetes.Semver.isGreaterThan(kubernetes.Semver): bool', (one: Version, other: Version) => compareVersions(one, other) > 0)
    .registerFunction('kubernetes.Semver.compareTo(kubernetes.Semver): int', (one: Version, other: Version) => BigInt(compareVersions(one, other)));
}
