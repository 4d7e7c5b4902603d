/** How long a definition of 1.4 MB takes to create, update and apply, on both servers in one run: large-definition.ts */
import { startPair } from '../servers.ts';
import type { Side } from '../client.ts';
import { CRDS } from './case.ts';

const SENTENCE = 'Describes what the operator does with this field when it reconciles and which values it may take over the life of the object. ';
const ROUNDS = 3;
let fields = 0;

function part(depth: number): object {
  const properties: Record<string, object> = {};
  for (let index = 0; index < 5; index++) properties[`field${fields++ % 97}x${index}`] = { type: 'string', description: SENTENCE.repeat(1 + (index % 3)), maxLength: 100, ...(index === 0 ? { pattern: '^[a-z0-9]+$' } : {}) };
  properties['count'] = { type: 'integer', format: 'int32', description: SENTENCE, minimum: 0, default: 3 };
  properties['list'] = {
    type: 'array', description: SENTENCE, maxItems: 10, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'],
    items: { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 10 }, value: { 'x-kubernetes-int-or-string': true } }, ...(depth % 2 ? { 'x-kubernetes-validations': [{ rule: "self.name != ''" }] } : {}) },
  };
  if (depth > 0) for (const name of ['spec', 'template', 'affinity', 'storage']) properties[name] = part(depth - 1);
  return { type: 'object', description: SENTENCE, properties };
}

const versions = ['v1', 'v1beta1'].map((name, index) => ({ name, served: true, storage: index === 0, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', properties: { spec: part(4), status: part(0) } } } }));
const large = (group: string, note: string): string => JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `larges.${group}`, annotations: { note } },
  spec: { group, scope: 'Namespaced', names: { plural: 'larges', kind: 'Large' }, versions },
});

async function timed(side: Side, method: string, path: string, type: string, body: string): Promise<string> {
  const started = performance.now();
  const { code, bytes } = await side.send({ method, path, headers: { 'content-type': type, accept: 'application/json' }, body });
  return code < 300 ? `${Math.round(performance.now() - started)} ms` : `${code} ${bytes.toString().slice(0, 300)}`;
}

const pair = await startPair(console.error);
try {
  console.log(`${large('a.example.com', '').length} bytes`);
  for (let round = 1; round <= ROUNDS; round++) {
    for (const side of [pair.upstream, pair.naru]) {
      const group = `r${round}.example.com`, applied = `s${round}.example.com`;
      const results = {
        create: await timed(side, 'POST', CRDS, 'application/json', large(group, 'created')),
        merge: await timed(side, 'PATCH', `${CRDS}/larges.${group}`, 'application/merge-patch+json', large(group, 'changed')),
        apply: await timed(side, 'PATCH', `${CRDS}/larges.${applied}?fieldManager=kubectl`, 'application/apply-patch+yaml', large(applied, 'applied')),
        'apply again': await timed(side, 'PATCH', `${CRDS}/larges.${applied}?fieldManager=kubectl`, 'application/apply-patch+yaml', large(applied, 'again')),
        'apply over create': await timed(side, 'PATCH', `${CRDS}/larges.${group}?fieldManager=kubectl&force=true`, 'application/apply-patch+yaml', large(group, 'over')),
      };
      console.log(`${side.name}, round ${round}: ${Object.entries(results).map(([name, time]) => `${name} ${time}`).join(', ')}`);
    }
  }
} finally {
  await pair.stop();
}
