import { fileURLToPath } from 'node:url';

/** The command line that starts this program in a role of its own: the same Node, the same file, whether bundle or source. */
export function selfCommand(role: string[]): string[] {
  return [process.execPath, ...process.execArgv, fileURLToPath(programUrl()), ...role.map((part, index) => index === 0 ? `internal-${part}` : part)];
}

function programUrl(): string {
  return (globalThis as { naruProgramUrl?: string }).naruProgramUrl ?? new URL('../main.ts', import.meta.url).href;
}
