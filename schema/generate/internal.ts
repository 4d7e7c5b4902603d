/**
 * Writes `schema/v1.37/internal.json` (form: `src/api/internal-form.ts`): names and order of the fields of upstream's internal types,
 * which it shows to clients where a message holds a whole value.
 *
 *     node schema/generate/internal.ts <kubernetes> <api> <apimachinery>
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GoField, type GoPackage, readGoPackage } from './go-types.ts';

const [kubernetes, api, apimachinery] = process.argv.slice(2) as [string, string, string];
/** Groups with messages that hold values, and the version whose JSON names their fields have. */
const GROUPS: Record<string, string> = {
  core: 'v1', apps: 'v1', batch: 'v1', certificates: 'v1', networking: 'v1', resource: 'v1', storage: 'v1', policy: 'v1', discovery: 'v1', node: 'v1', rbac: 'v1',
  autoscaling: 'v2', scheduling: 'v1', flowcontrol: 'v1', admissionregistration: 'v1',
};
const SPECIAL: Record<string, string> = {
  'resource.Quantity': 'quantity', 'intstr.IntOrString': 'int-or-string', 'metav1.Time': 'time', 'metav1.MicroTime': 'time', 'metav1.Duration': 'duration',
  '[]byte': 'bytes', string: 'string', bool: 'boolean', int: 'number', int32: 'number', int64: 'number', float64: 'number', 'runtime.Object': 'any', 'runtime.RawExtension': 'any',
};
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const internal = new Map<string, GoPackage>();
const versioned = new Map<string, GoPackage>();
for (const [group, version] of Object.entries(GROUPS)) {
  internal.set(group, readGoPackage(join(kubernetes, 'pkg/apis', group), `k8s.io/kubernetes/pkg/apis/${group}`, true));
  versioned.set(group, readGoPackage(join(api, group, version), `k8s.io/api/${group}/${version}`));
}
const meta = readGoPackage(join(apimachinery, 'pkg/apis/meta/v1'), 'k8s.io/apimachinery/pkg/apis/meta/v1');

function typeText(goType: string, group: string): string {
  if (SPECIAL[goType]) return SPECIAL[goType];
  if (goType.startsWith('*')) return `*${typeText(goType.slice(1), group)}`;
  if (goType.startsWith('[]')) return `[]${typeText(goType.slice(2), group)}`;
  const map = /^map\[[\w.]+\](.*)$/.exec(goType);
  if (map) return `{}${typeText(map[1] as string, group)}`;
  const [alias, name] = goType.includes('.') ? (goType.split('.') as [string, string]) : [group, goType];
  if (alias === 'metav1') return meta.structs.has(name) ? `#${META}.${name}` : typeText(meta.named.get(name) ?? 'string', group);
  const target = alias === 'api' ? 'core' : alias;
  const read = internal.get(target);
  if (!read) return 'string';
  if (read.structs.has(name)) return `${target}.${name}`;
  return typeText(read.named.get(name) ?? 'string', target);
}

/** The field's name in JSON: that of the versioned type's field of the same name. */
function jsonName(field: GoField, group: string, type: string): string {
  const fields = versioned.get(group)?.structs.get(type) ?? [];
  const same = fields.find(({ goName }) => goName.toLowerCase() === field.goName.toLowerCase());
  return same?.jsonName || field.goName.charAt(0).toLowerCase() + field.goName.slice(1);
}

const result: Record<string, [string, string, string][]> = {};
for (const [group, { structs }] of internal) {
  for (const [type, fields] of structs) {
    result[`${group}.${type}`] = fields.map((field) => {
      const embedded = field.jsonName === '';
      return [embedded ? '' : field.goName, embedded ? '' : jsonName(field, group, type), typeText(field.goType, group)];
    });
  }
}
const lines = Object.keys(result).sort().map((name) => `${JSON.stringify(name)}:${JSON.stringify(result[name])}`);
writeFileSync(new URL('../v1.37/internal.json', import.meta.url), `{\n${lines.join(',\n')}\n}\n`);
console.log(`internal.json: ${lines.length} types`);
