import { enableCompileCache, flushCompileCache } from 'node:module';
import { systemClock } from './base/clock.ts';

/** The program: a person's command, or one of a cluster's own processes (roles that begin with `internal-`). */
const [role, ...parameters] = process.argv.slice(2);
(globalThis as { naruProgramUrl?: string }).naruProgramUrl = import.meta.url;

// Compiled code is kept beside the program, so that the next start need not compile again.
enableCompileCache(new URL('../.cache/compile', import.meta.url).pathname);

/** Long after its start a process has compiled what it uses; it may end by SIGKILL, which would lose the cache. */
const FLUSH_AFTER_MILLISECONDS = 3000;

async function main(): Promise<void> {
  if (role?.startsWith('internal-')) systemClock.after(FLUSH_AFTER_MILLISECONDS, flushCompileCache);
  if (role === 'internal-control-plane') return (await import('./compose/control-plane.ts')).runControlPlane(parameters[0] as string);
  if (role === 'internal-agent') return (await import('./compose/node.ts')).runNode(parameters[0] as string, parameters[1] as string);
  const { buildProgram } = await import('./cli/program.ts');
  await buildProgram().parseAsync(process.argv);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.name === 'CommandError' ? `naru: ${error.message}` : error.stack}\n`);
  process.exitCode = 1;
});
