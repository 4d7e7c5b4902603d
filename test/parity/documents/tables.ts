import type { Side } from '../client.ts';
import type { DocumentCall } from './documents.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

const MAP = '/api/v1/namespaces/tables/configmaps/full';
/** What a table can be asked for, of one object. */
const VARIANTS: [path: string, accept: string][] = [
  ...['', '?includeObject=None', '?includeObject=Metadata', '?includeObject=Object', '?includeObject=Nothing'].map((query): [string, string] => [MAP + query, TABLE]),
  [MAP, TABLE.replace('v=v1;', 'v=v1beta1;')], [MAP, TABLE.replace('v=v1;', 'v=v2;')], [MAP, `${TABLE},application/json`], [MAP, TABLE.replace('application/json', 'application/yaml')],
  [MAP, 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'], ['/api/v1/namespaces/tables/configmaps', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'],
  ['/api/v1/namespaces/tables/services?limit=2&includeObject=None', TABLE], ['/api/v1/namespaces/tables/configmaps/none', TABLE],
];

/** The table of every resource that can be listed. */
export async function tableCalls(side: Side): Promise<DocumentCall[]> {
  const calls: DocumentCall[] = [];
  const read = async (path: string): Promise<unknown> => JSON.parse((await side.send({ method: 'GET', path })).bytes.toString());
  const { groups } = await read('/apis') as { groups: { versions: { groupVersion: string }[] }[] };
  for (const root of ['/api/v1', ...groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`))]) {
    const { resources } = await read(root) as { resources: { name: string; verbs: string[] }[] };
    for (const { name, verbs } of resources) if (verbs.includes('list')) calls.push({ kind: 'table', name: `${root}/${name}`, path: `${root}/${name}?includeObject=None`, accept: TABLE });
  }
  return [...calls, ...VARIANTS.map(([path, accept]): DocumentCall => ({ kind: 'table', name: `${path} ${accept}`, path, accept }))];
}
