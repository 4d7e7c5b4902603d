import type { Side } from '../client.ts';
import type { DocumentCall } from './documents.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

/** The table of every resource that can be listed. */
export async function tableCalls(side: Side): Promise<DocumentCall[]> {
  const calls: DocumentCall[] = [];
  const read = async (path: string): Promise<unknown> => JSON.parse((await side.send({ method: 'GET', path })).bytes.toString());
  const { groups } = await read('/apis') as { groups: { versions: { groupVersion: string }[] }[] };
  for (const root of ['/api/v1', ...groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`))]) {
    const { resources } = await read(root) as { resources: { name: string; verbs: string[] }[] };
    for (const { name, verbs } of resources) if (verbs.includes('list')) calls.push({ kind: 'table', name: `${root}/${name}`, path: `${root}/${name}`, accept: TABLE });
  }
  return calls;
}
