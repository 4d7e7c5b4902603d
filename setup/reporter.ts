/** Prints what failed, whole, and the closing lines of node's own summary; a line a file keeps it visible that something happens. */
import type { TestEvent } from 'node:test/reporters';

interface Data { name: string; file?: string; nesting: number; details?: { error?: Error & { cause?: unknown }; duration_ms?: number; type?: string }; message?: string; skip?: string | boolean; todo?: unknown }

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts = { pass: 0, fail: 0, skipped: 0 };
  const perFile = new Map<string, number>();
  for await (const event of source) {
    const data = event.data as Data;
    if (event.type === 'test:pass' && data.details?.type !== 'suite') {
      if (data.skip) { counts.skipped++; yield `skipped: ${data.name}${typeof data.skip === 'string' ? ` (${data.skip})` : ''}\n`; } else counts.pass++;
      perFile.set(data.file ?? '', (perFile.get(data.file ?? '') ?? 0) + 1);
    }
    if (event.type === 'test:fail' && data.details?.type !== 'suite') {
      counts.fail++;
      const error = data.details?.error;
      const cause = error?.cause instanceof Error ? error.cause.stack : error?.cause ? String(error.cause) : error?.stack;
      yield `FAILED: ${data.name}\n  ${data.file ?? ''}\n  ${String(cause).replaceAll('\n', '\n  ')}\n`;
    }
    if (event.type === 'test:stderr' || event.type === 'test:stdout') continue;
  }
  yield `${perFile.size} files\n${counts.pass} passed, ${counts.fail} failed, ${counts.skipped} skipped\n`;
}
