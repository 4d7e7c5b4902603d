import { enableCompileCache } from 'node:module';

/** The program: a person's command, or one of a cluster's own processes (roles that begin with `internal-`). */
const [role, ...parameters] = process.argv.slice(2);
(globalThis as { naruProgramUrl?: string }).naruProgramUrl = import.meta.url;

// Compiled code is kept beside the program, so that the next start need not compile again.
enableCompileCache(new URL('../.cache/compile', import.meta.url).pathname);

async function main(): Promise<void> {
  if (role === 'internal-control-plane') return (await import('./compose/control-plane.ts')).runControlPlane(parameters[0] as string);
  if (role === 'internal-agent') return (await import('./compose/node.ts')).runNode(parameters[0] as string, parameters[1] as string);
  const { buildProgram } = await import('./cli/program.ts');
  await buildProgram().parseAsync(process.argv);
}

main().catch((error: Error) => {
  process.stderr.write(`${error.name === 'CommandError' ? `naru: ${error.message}` : error.stack}\n`);
  process.exitCode = 1;
});
