import type { KubernetesObject } from '../../api/object.ts';

export interface ColumnDefinition { name: string; type: string; format: string; description: string; priority: number }
export type Cell = string | number | boolean | null;
export interface RowCondition { type: string; status: string; reason: string; message: string }
export interface Row { cells: Cell[]; conditions?: RowCondition[] }
export interface Table { columnDefinitions: ColumnDefinition[]; rows: Row[] }

/** What a printer may know besides the object. */
export interface PrintContext {
  now: number;
  /** All objects of the table: a default class is told from its siblings. */
  objects: readonly KubernetesObject[];
}

export interface Printer {
  columns: ColumnDefinition[];
  row(object: KubernetesObject, context: PrintContext): Row;
}
export type Printers = Record<string, Printer>;

/**
 * Columns from a short text: names parted by `|`; `:integer` gives a type, `+` the wide form only, `@` marks names of objects.
 * The first one is the object's name unless it says `-`.
 */
export function columns(text: string): ColumnDefinition[] {
  return text.split('|').map((part, index) => {
    const wide = part.endsWith('+');
    const [name = '', type = 'string'] = part.replace(/@?\+?$/, '').replace(/^-/, '').split(':');
    const isName = index === 0 && !part.startsWith('-');
    return { name, type, format: isName || /@\+?$/.test(part) ? 'name' : '', description: isName ? 'Name of the object, unique within its namespace.' : '', priority: wide ? 1 : 0 };
  });
}

/** A printer of one kind's own type. */
export function printer<Kind extends object>(text: string, cells: (object: Kind, context: PrintContext) => Cell[]): Printer {
  return { columns: columns(text), row: (object, context) => ({ cells: cells(object as unknown as Kind, context) }) };
}
