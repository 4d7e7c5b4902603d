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
}

const FIELD = /^\t(?:(\w+(?:, \w+)*)\s+)?(\S+)\s+`([^`]*)`/;

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

/** One Go package; imports of all its files are merged, as upstream uses one alias for one path within a package. */
export function readGoPackage(directory: string, path: string): GoPackage {
  const result: GoPackage = { path, imports: new Map(), structs: new Map(), named: new Map() };
  if (!existsSync(directory)) return result;
  const files = readdirSync(directory).filter((file) => file.endsWith('.go') && !file.startsWith('zz_') && !file.endsWith('_test.go') && file !== 'generated.pb.go');
  for (const file of files) readGoFile(readFileSync(join(directory, file), 'utf8'), result);
  return result;
}

function readGoFile(text: string, into: GoPackage): void {
  let struct: GoField[] | undefined;
  for (const line of text.split('\n')) {
    if (struct) {
      if (line === '}') struct = undefined;
      else if (!/^\t+\/\//.test(line)) {
        const field = readField(line);
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
