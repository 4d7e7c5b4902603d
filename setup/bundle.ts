/**
 * Makes `dist/naru` out of `src`: one file a lazily loaded part, so that a start reads little. What carries native
 * code, and what is imported only when needed, stays in `node_modules`. V8's compile cache lies beside it.
 * Earlier parts stay: a cluster that runs may still import them.
 */
import { build, type Plugin } from 'esbuild';
import * as http from 'node:http';
import { fileURLToPath } from 'node:url';

/**
 * An `import` of node:http reads all its exports, among them getters that load the whole of undici: 4 to 6 MB of memory in
 * every process. Taken by getBuiltinModule, and without those getters, it does not.
 */
const leanHttp: Plugin = {
  name: 'lean-http',
  setup({ onResolve, onLoad }) {
    const plain = Object.keys(http).filter((name) => name !== 'default' && 'value' in (Object.getOwnPropertyDescriptor(process.getBuiltinModule('node:http'), name) ?? {}));
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) => kind === 'import-statement' ? { path: 'http', namespace: 'lean-http', sideEffects: false } : undefined);
    onLoad({ filter: /.*/, namespace: 'lean-http' }, () => ({
      contents: `const http = process.getBuiltinModule('node:http');\n${plain.map((name) => `export const ${name} = http.${name};`).join('\n')}`,
    }));
  },
};

const root = fileURLToPath(new URL('..', import.meta.url));
await build({
  entryPoints: { main: `${root}src/main.ts`, 'yaml-worker': `${root}src/apiserver/request/yaml-worker.ts` }, outdir: `${root}dist/naru`, bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node26',
  external: ['koffi', 'lmdb', 're2js', '@grpc/grpc-js', 'yaml', 'ws', '@peculiar/x509', 'reflect-metadata', 'jose', 'jose/*'],
  minifySyntax: true, sourcemap: false, legalComments: 'none', logLevel: 'warning', plugins: [leanHttp], chunkNames: '[name]-[hash]',
  // Bundled CommonJS packages call require for Node's own modules.
  banner: { js: "import { createRequire as naruCreateRequire } from 'node:module'; const require = naruCreateRequire(import.meta.url);" },
});
