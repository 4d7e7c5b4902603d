import type { Schema } from '../api/schema.ts';
import { evaluate, Optional } from '@marcbachmann/cel-js';

/**
 * JSON as CEL sees it: whole numbers are int (bigint), others double. A schema tells them apart where the value does not
 * (a `number` field that holds 2). `typed`: also timestamps, durations and bytes by the schema's formats, as CRD rules have them.
 */
export function toCel(value: unknown, schema?: Schema, typed = false): unknown {
  switch (typeof value) {
    case 'number':
      return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
    case 'string':
      return typed && schema ? typedString(value, schema) : value;
    case 'object': {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map((item) => toCel(item, schema?.items, typed));
      const result: Record<string, unknown> = {};
      for (const key in value) {
        const field = schema?.type === 'map' ? schema.values : schema?.fields?.get(key)?.schema;
        result[key] = toCel((value as Record<string, unknown>)[key], field, typed);
      }
      return result;
    }
    default:
      return value;
  }
}

function typedString(value: string, { format }: Schema): unknown {
  if (format === 'date-time' || format === 'date') return new Date(value);
  if (format === 'byte') return new Uint8Array(Buffer.from(value, 'base64'));
  if (format === 'duration') return parseDuration(value);
  return value;
}

/** `1h30m`, in Go's form. */
export function parseDuration(text: string): unknown {
  return evaluate('duration(text)', { text });
}

/** A result of CEL as JSON. */
export function fromCel(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(fromCel);
  // The library does not export the classes of these two.
  if (value.constructor?.name === 'UnsignedInt') return Number(value.valueOf());
  if (value.constructor?.name === 'Duration') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Optional) return value.hasValue() ? fromCel(value.value()) : null;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [String(key), fromCel(item)]));
}
