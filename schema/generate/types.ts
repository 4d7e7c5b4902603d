/**
 * Writes `schema/v1.37/types/*.ts`: TypeScript types of every built-in kind, one file a group and version, from the
 * OpenAPI document of the pinned upstream module. Facts only: names, types, what is required; no descriptions.
 *
 *     node schema/generate/types.ts <path of swagger.json>
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

interface Property { $ref?: string; type?: string; format?: string; items?: Property; additionalProperties?: Property }
interface Definition extends Property { properties?: Record<string, Property>; required?: string[] }

const OUTPUT = new URL('../v1.37/types/', import.meta.url);
const SCALARS: Record<string, string> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity': 'string | number',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'string',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'string',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'number | string',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'Record<string, unknown>',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': 'Record<string, unknown>',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': 'Record<string, unknown>',
};
const META_FROM_OBJECT = new Set(['ObjectMeta', 'OwnerReference', 'ManagedFieldsEntry', 'ListMeta']);

const { definitions } = JSON.parse(readFileSync(process.argv[2] as string, 'utf8')) as { definitions: Record<string, Definition> };

/** `io.k8s.api.core.v1.Pod` -> file `core-v1`, type `Pod`. */
function place(name: string): { file: string; type: string } {
  const parts = name.split('.');
  const type = parts.pop() as string;
  const version = parts.pop() as string;
  const group = parts.pop() as string;
  return { file: name.includes('.apimachinery.pkg.version') ? 'version' : `${group}-${version}`, type };
}

function typeOf(property: Property, file: string, imports: Map<string, Set<string>>): string {
  if (property.$ref) {
    const name = property.$ref.slice('#/definitions/'.length);
    const scalar = SCALARS[name];
    if (scalar) return scalar;
    const target = place(name);
    if (target.file !== file) {
      const set = imports.get(target.file) ?? new Set<string>();
      imports.set(target.file, set.add(target.type));
    }
    return target.type;
  }
  if (property.type === 'array') {
    const item = typeOf(property.items as Property, file, imports);
    return /[ |]/.test(item) ? `(${item})[]` : `${item}[]`;
  }
  if (property.additionalProperties) return `Record<string, ${typeOf(property.additionalProperties, file, imports)}>`;
  if (property.type === 'integer' || property.type === 'number') return 'number';
  if (property.type === 'string') return 'string';
  if (property.type === 'boolean') return 'boolean';
  return property.type === 'object' ? 'Record<string, unknown>' : 'unknown';
}

function declaration(type: string, definition: Definition, file: string, imports: Map<string, Set<string>>): string {
  if (!definition.properties) return `export type ${type} = ${definition.type ? typeOf(definition, file, imports) : 'unknown'};\n`;
  const required = new Set(definition.required ?? []);
  const lines = Object.entries(definition.properties).map(([name, property]) => {
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`;
    return `  ${key}${required.has(name) ? '' : '?'}: ${typeOf(property, file, imports)};`;
  });
  return `export type ${type} = {\n${lines.join('\n')}\n};\n`;
}

const files = new Map<string, { imports: Map<string, Set<string>>; declarations: string[] }>();
for (const name of Object.keys(definitions).sort()) {
  if (SCALARS[name]) continue;
  const { file, type } = place(name);
  const content = files.get(file) ?? { imports: new Map<string, Set<string>>(), declarations: [] as string[] };
  files.set(file, content);
  if (file === 'meta-v1' && META_FROM_OBJECT.has(type)) content.declarations.push(`export type { ${type} } from '../../../src/api/object.ts';\nimport type { ${type} } from '../../../src/api/object.ts';\n`);
  else content.declarations.push(declaration(type, definitions[name] as Definition, file, content.imports));
}
rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
for (const [file, { imports, declarations }] of files) {
  const head = [...imports].map(([from, types]) => `import type { ${[...types].sort().join(', ')} } from './${from}.ts';`);
  writeFileSync(new URL(`${file}.ts`, OUTPUT), `// Made by schema/generate/types.ts; do not edit.\n${head.join('\n')}\n\n${declarations.join('\n')}`);
}
