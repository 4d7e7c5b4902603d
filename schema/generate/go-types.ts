/** Reads the structs of upstream's `types.go` files: JSON names, Go types, protobuf numbers. Comments are skipped. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GoField {
  goName: string;
  /** '' for an inlined struct. */
  jsonName: string;
  goType: string;
  omitEmpty: boolean;
  omitZero: boolean;
  protobufNumber?: number;
  patchStrategy?: string;
  patchMergeKey?: string;
}
export interface GoPackage {
  path: string;
  imports: Map<string, string>;
  structs: Map<string, GoField[]>;
  /** Named types that are no structs: `PullPolicy` -> `string`. */
  named: Map<string, string>;
  /** Values of the named types that are marked as enums. */
  enums: Map<string, string[]>;
}

const FIELD = /^\t(?:(\w+(?:, \w+)*)\s+)?(\S+)\s+`([^`]*)`/;
/** A field of an internal type, which has no tags. */
const UNTAGGED = /^\t(?:(\w+)\s+)?([\w.*[\]]+)\s*(?:\/\/.*)?$/;

function tag(tags: string, key: string): string | undefined {
  return new RegExp(`(?:^|\\s)${key}:"([^"]*)"`).exec(tags)?.[1];
}

function readField(line: string): GoField | undefined {
  const match = FIELD.exec(line);
  if (!match) return undefined;
  const [, name, goType, tags] = match as unknown as [string, string | undefined, string, string];
  const json = (tag(tags, 'json') ?? '').split(',');
  if (json[0] === '-') return undefined;
  const number = /^\w+,(\d+)/.exec(tag(tags, 'protobuf') ?? '')?.[1];
  return {
    goName: name ?? goType.replace(/^.*\./, ''), jsonName: json[0] || (name && !json.includes('inline') ? name : ''), goType,
    omitEmpty: json.includes('omitempty'), omitZero: json.includes('omitzero'),
    protobufNumber: number ? Number(number) : undefined,
    patchStrategy: tag(tags, 'patchStrategy'), patchMergeKey: tag(tags, 'patchMergeKey'),
  };
}

function readUntaggedField(line: string): GoField | undefined {
  const match = UNTAGGED.exec(line);
  if (!match) return undefined;
  const [, name, goType] = match as unknown as [string, string | undefined, string];
  return { goName: name ?? goType.replace(/^.*\./, ''), jsonName: name ?? '', goType, omitEmpty: false, omitZero: false };
}

/** One Go package; imports of all its files are merged, as upstream uses one alias for one path within a package. */
export function readGoPackage(directory: string, path: string, untagged = false): GoPackage {
  const result: GoPackage = { path, imports: new Map(), structs: new Map(), named: new Map(), enums: new Map() };
  if (!existsSync(directory)) return result;
  const files = readdirSync(directory).filter((file) => file.endsWith('.go') && !file.startsWith('zz_') && !file.endsWith('_test.go') && file !== 'generated.pb.go');
  const texts = files.map((file) => readFileSync(join(directory, file), 'utf8'));
  for (const text of texts) readGoFile(text, result, untagged ? readUntaggedField : readField);
  for (const text of texts) readEnums(text, result);
  return result;
}

function readGoFile(text: string, into: GoPackage, read: (line: string) => GoField | undefined): void {
  let struct: GoField[] | undefined;
  for (const line of text.split('\n')) {
    if (struct) {
      if (line === '}') struct = undefined;
      else if (!/^\t+\/\//.test(line)) {
        const field = read(line);
        if (field) struct.push(field);
      }
      continue;
    }
    const open = /^type (\w+) struct ?\{(\})?/.exec(line);
    if (open) {
      const fields: GoField[] = [];
      into.structs.set(open[1] as string, fields);
      struct = open[2] ? undefined : fields;
      continue;
    }
    const named = /^type (\w+) =? ?([\w[\].*]+)$/.exec(line.replace(/\s+\/\/.*/, ''));
    if (named && named[2] !== 'interface') into.named.set(named[1] as string, named[2] as string);
    const imported = /^(?:import )?\t?(?:(\w+) )?"([\w./-]+)"$/.exec(line);
    if (imported) into.imports.set(imported[1] ?? (imported[2] as string).replace(/^.*\//, ''), imported[2] as string);
  }
}

/** Text constants by name, of all packages read so far: some enums borrow values of `core/v1`. */
const constants = new Map<string, string>();

/** Constants of the types that carry the `+enum` marker. */
function readEnums(text: string, into: GoPackage): void {
  for (const match of text.matchAll(/^\/\/ \+enum\n(?:\/\/.*\n)*type (\w+) string$/gm)) into.enums.set(match[1] as string, into.enums.get(match[1] as string) ?? []);
  const add = (type: string, value: string | undefined): void => {
    const values = into.enums.get(type);
    if (values && value !== undefined && !values.includes(value)) values.push(value);
  };
  for (const [, name, type, value] of text.matchAll(/^(?:const|\t)\s*(\w+)\s+(\w+)\s+=\s+"([^"]*)"/gm) as Iterable<[string, string, string, string]>) {
    constants.set(name, value);
    add(type, value);
  }
  for (const [, type, value] of text.matchAll(/^(?:const|\t)\s*\w+\s+=\s+(\w+)\("([^"]*)"\)/gm) as Iterable<[string, string, string]>) add(type, value);
  for (const [, type, name] of text.matchAll(/^(?:const|\t)\s*\w+\s+=\s+(\w+)\(\w+\.(\w+)\)/gm) as Iterable<[string, string, string]>) add(type, constants.get(name));
}
