/**
 * Makes `dist/naru` out of `src`: one file a lazily loaded part, so that a start reads little. What carries native
 * code, and what is imported only when needed, stays in `node_modules`. V8's compile cache lies beside it.
 * Earlier parts stay: a cluster that runs may still import them.
 */
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
await build({
  entryPoints: [`${root}src/main.ts`], outdir: `${root}dist/naru`, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node26',
  external: ['koffi', 'lmdb', 'yaml', 'ws', '@peculiar/x509', 'reflect-metadata', 'jose', 'jose/*'],
  minifySyntax: true, sourcemap: false, legalComments: 'none', logLevel: 'warning', chunkNames: '[name]-[hash]',
  // Bundled CommonJS packages call require for Node's own modules.
  banner: { js: "import { createRequire as naruCreateRequire } from 'node:module'; const require = naruCreateRequire(import.meta.url);" },
});
