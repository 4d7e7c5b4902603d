import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import { corePrinters } from './core.ts';
import { type AdditionalColumn, customPrinter, plainPrinter } from './custom.ts';
import { networkingPrinters } from './networking.ts';
import { policyPrinters } from './policy.ts';
import type { Printer, Table } from './printer.ts';
import { storagePrinters } from './storage.ts';
import { workloadPrinters } from './workloads.ts';

export type { AdditionalColumn } from './custom.ts';
export type { Cell, ColumnDefinition, Row, RowCondition, Table } from './printer.ts';

const GROUPS = [corePrinters, workloadPrinters, networkingPrinters, storagePrinters, policyPrinters];

function printerFor(info: Pick<ResourceInfo, 'group' | 'kind' | 'builtIn'>, additional: readonly AdditionalColumn[] | undefined): Printer {
  if (!info.builtIn) return customPrinter(additional);
  const key = `${info.group}/${info.kind}`;
  for (const printers of GROUPS) if (Object.hasOwn(printers, key)) return printers[key] as Printer;
  return plainPrinter;
}

/** Columns and cells of `objects`; the caller wraps each row's object or metadata around them. `now` in ms. */
export function tableFor(info: Pick<ResourceInfo, 'group' | 'kind' | 'builtIn'>, objects: readonly KubernetesObject[], now: number, additionalColumns?: readonly AdditionalColumn[]): Table {
  const { columns, row } = printerFor(info, additionalColumns);
  const context = { now, objects };
  return { columnDefinitions: columns, rows: objects.map((object) => row(object, context)) };
}
