import { fileURLToPath } from 'node:url';

/**
 * V8 would let short-lived objects fill 48 MB before it looks; with 24 MB a busy control plane is as fast. It would let the others grow to four
 * times what is alive; twice takes a hundred megabytes less after much work, for 2 % more processor time.
 */
const NODE_OPTIONS = ['--max-semi-space-size=8', '--heap-growing-percent=100'];

/** The command line that starts this program in a role of its own: the same Node, the same file, whether bundle or source. */
export function selfCommand(role: string[]): string[] {
  return [process.execPath, ...NODE_OPTIONS, ...process.execArgv.filter((option) => !NODE_OPTIONS.includes(option)), fileURLToPath(programUrl()), ...role.map((part, index) => index === 0 ? `internal-${part}` : part)];
}

function programUrl(): string {
  return (globalThis as { naruProgramUrl?: string }).naruProgramUrl ?? new URL('../main.ts', import.meta.url).href;
}
