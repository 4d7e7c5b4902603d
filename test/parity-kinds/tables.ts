/** Prints where our table cells differ from upstream's, over everything a live upstream server holds: KUBECONFIG=... node tables.ts */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { parse } from 'yaml';
import { tableFor } from '../../src/apiserver/tables/table.ts';
import type { KubernetesObject } from '../../src/api/object.ts';

const config = parse(readFileSync(process.env['KUBECONFIG'] as string, 'utf8')) as { clusters: { cluster: { server: string } }[]; users: { user: Record<string, string> }[] };
const server = config.clusters[0]?.cluster.server as string;
const user = config.users[0]?.user as Record<string, string>;
const credential = (name: string): Buffer => (user[`${name}-data`] ? Buffer.from(user[`${name}-data`] as string, 'base64') : readFileSync(user[name] as string));
const identity = { cert: credential('client-certificate'), key: credential('client-key'), rejectUnauthorized: false };

function get<Answer>(path: string, accept: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(`${server}${path}`, { ...identity, headers: { accept } }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => { text += part.toString(); });
      response.on('end', () => resolve(JSON.parse(text) as Answer));
    }).on('error', reject).end();
  });
}

interface Resources { resources: { name: string; kind: string; verbs: string[] }[] }
interface UpstreamTable { columnDefinitions: { name: string; type: string; format: string; priority: number }[]; rows: { cells: unknown[] }[] }
const groups = await get<{ groups: { preferredVersion: { groupVersion: string } }[] }>('/apis', 'application/json');
let rows = 0;
for (const version of ['v1', ...groups.groups.map(({ preferredVersion }) => preferredVersion.groupVersion), 'autoscaling/v1']) {
  const root = version === 'v1' ? '/api/v1' : `/apis/${version}`;
  const { resources } = await get<Resources>(root, 'application/json');
  for (const { name, kind } of resources.filter((resource) => resource.verbs.includes('list'))) {
    const [list, table] = await Promise.all([
      get<{ items: KubernetesObject[] }>(`${root}/${name}`, 'application/json'), get<UpstreamTable>(`${root}/${name}`, 'application/json;as=Table;v=v1;g=meta.k8s.io'),
    ]);
    const group = version.includes('/') ? (version.split('/', 1)[0] as string) : '';
    const objects = (list.items ?? []).map((item): KubernetesObject => ({ apiVersion: version, kind, ...item }));
    const ours = tableFor({ group, kind, builtIn: true }, objects, Date.now());
    const columns = (definitions: UpstreamTable['columnDefinitions']): string => JSON.stringify(definitions.map((column) => [column.name, column.type, column.format, column.priority]));
    if (columns(table.columnDefinitions) !== columns(ours.columnDefinitions)) console.log(`${version} ${name} columns\n    ${columns(table.columnDefinitions)}\n    ${columns(ours.columnDefinitions)}`);
    const shown = (cells: unknown[]): string => JSON.stringify(cells.map((cell) => (typeof cell === 'string' && /^\d+(s|m\d*s?|h|d)$/.test(cell) ? 'AGE' : cell)));
    const left = (table.rows ?? []).map(({ cells }) => shown(cells)).sort();
    const right = ours.rows.map(({ cells }) => shown(cells)).sort();
    rows += left.length;
    left.forEach((row, index) => { if (row !== right[index]) console.log(`${version} ${name}\n    ${row}\n    ${right[index]}`); });
  }
}
console.log(`${rows} rows compared`);
