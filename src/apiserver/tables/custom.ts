import type { KubernetesObject } from '../../api/object.ts';
import { age, nameOf, since } from './format.ts';
import { findJsonPath, parseJsonPath } from './json-path.ts';
import { type Cell, type ColumnDefinition, type Printer, columns } from './printer.ts';

/** An entry of a CRD's additionalPrinterColumns. */
export interface AdditionalColumn { name: string; type: string; format?: string; description?: string; priority?: number; jsonPath: string }

function cell(value: unknown, type: string, now: number): Cell {
  if (value == null || value === null) return null;
  if (type === 'integer' || type === 'number') return typeof value === 'number' ? value : Number.isFinite(Number(value)) ? Number(value) : null;
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  if (type === 'date') return typeof value === 'string' ? since(value, now) : '<invalid>';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Columns of a custom resource: those its definition names, else the age. */
export function customPrinter(additional: readonly AdditionalColumn[] | undefined): Printer {
  if (!additional?.length) {
    const [name, ageColumn] = columns('Name|Age:date') as [ColumnDefinition, ColumnDefinition];
    return { columns: [name, ageColumn], row: (object, { now }) => ({ cells: [nameOf(object), age(object, now)] }) };
  }
  const paths = additional.map(({ jsonPath }) => parseJsonPath(jsonPath));
  const definitions = additional.map(({ name, type, format = '', description = '', priority = 0 }): ColumnDefinition => ({ name, type, format, description, priority }));
  return {
    columns: [...columns('Name'), ...definitions],
    row: (object: KubernetesObject, { now }) => ({
      cells: [nameOf(object), ...additional.map(({ type }, index) => {
        const steps = paths[index];
        return steps ? cell(findJsonPath(object, steps)[0], type, now) : null;
      })],
    }),
  };
}

/** Built-in kinds without a printer of their own. */
export const plainPrinter: Printer = {
  columns: columns('Name|Created At:date'),
  row: (object) => ({ cells: [nameOf(object), object.metadata?.creationTimestamp ?? null] }),
};
