import type { Schema } from '../../api/schema.ts';
import { definitionSchema } from '../../api/schema-tables.ts';

type Json = Record<string, unknown>;

export interface Parameter {
  name: string;
  in: 'query' | 'path';
  type: 'string' | 'integer' | 'boolean';
  /** Under which name the v2 document keeps it for all operations; absent where every operation has its own. */
  shared?: string;
}

/** Names that clients' generators have seen for years; what follows the dash is part of the name. */
const SHARED: Record<string, string> = {
  allowWatchBookmarks: 'HC2hJt-J', continue: 'QfD61s0i', fieldManager: 'Qy4HdaTW', fieldSelector: 'xIcQKXFG', force: 'tOGGb0Yi', gracePeriodSeconds: '-K5HaBOS',
  ignoreStoreReadErrorWithClusterBreakingPotential: 'QbNkfIqj', labelSelector: '5Zw57w4C', limit: '1NfNmdNH', namespace: 'vgWSWtn3', orphanDependents: 'uRB25kX5',
  pretty: 'tJGM1-ng', propagationPolicy: '6jk3prlO', resourceVersion: '5WAnf1kx', resourceVersionMatch: 't8XhRHeC', sendInitialEvents: 'rLXlEK_k',
  shardSelector: 'Kgyki_3_', timeoutSeconds: 'yvYezaOC', watch: 'XNNPZGbK', 'patch.fieldManager': '7c6nTn1T', 'proxied.path': 'z6Ciiujn',
  'PodExecOptions.command': 'Py3eQybp', 'PodExecOptions.container': 'i5dOmRiM', 'PodExecOptions.stderr': 'W_1TNlWc', 'PodExecOptions.stdin': 'PSzNhyUC',
  'PodExecOptions.stdout': '-EZLRwV1', 'PodExecOptions.tty': 's0flW37O', 'PodAttachOptions.container': '_Q-EJ3nR', 'PodAttachOptions.stderr': '26jJhFUR',
  'PodAttachOptions.stdin': 'sEFnN3IS', 'PodAttachOptions.stdout': '005YMKE6', 'PodAttachOptions.tty': 'g7MlET_l', 'PodLogOptions.container': '1GeXxFDC',
  'PodLogOptions.follow': '9OIXh_2R', 'PodLogOptions.insecureSkipTLSVerifyBackend': 'gM00jVbe', 'PodLogOptions.limitBytes': 'zwd1RXuc',
  'PodLogOptions.previous': '1jxDPu3y', 'PodLogOptions.sinceSeconds': 'vE2NLdnP', 'PodLogOptions.stream': 'l-48cgXv', 'PodLogOptions.tailLines': '9xQLWHMV',
  'PodLogOptions.timestamps': 'c17fW1w_', 'PodPortForwardOptions.ports': '91KROJmm', 'PodProxyOptions.path': 'oPbzgLUj', 'ServiceProxyOptions.path': 'QCf0eosM',
  'NodeProxyOptions.path': 'rFDtV0x9',
};
export const SHARED_BODIES = { delete: 'body-2Y1dVQaQ', patch: 'body-78PwaGsr' };

function query(name: string, type: Parameter['type'] = 'string', key = name): Parameter {
  return { name, in: 'query', type, ...(SHARED[key] === undefined ? {} : { shared: `${name}-${SHARED[key]}` }) };
}
function path(name: string, key = name): Parameter {
  return { ...query(name, 'string', key), in: 'path' };
}

export const PRETTY = query('pretty');
export const NAMESPACE = path('namespace');
export const NAME = path('name');
/** The rest of a URL behind `proxy/`. */
export const PROXIED_PATH = path('path', 'proxied.path');
export const WRITE = [query('dryRun'), query('fieldManager'), query('fieldValidation')];
export const PATCH = [query('dryRun'), query('fieldManager', 'string', 'patch.fieldManager'), query('fieldValidation'), query('force', 'boolean')];
const SELECTION = [
  query('continue'), query('fieldSelector'), query('labelSelector'), query('limit', 'integer'), query('resourceVersion'), query('resourceVersionMatch'),
  query('sendInitialEvents', 'boolean'), query('shardSelector'), query('timeoutSeconds', 'integer'),
];
export const LIST = [query('allowWatchBookmarks', 'boolean'), query('watch', 'boolean'), ...SELECTION];
export const DELETE = [
  query('dryRun'), query('gracePeriodSeconds', 'integer'), query('ignoreStoreReadErrorWithClusterBreakingPotential', 'boolean'), query('orphanDependents', 'boolean'),
  query('propagationPolicy'),
];
export const DELETE_COLLECTION = [...SELECTION, ...DELETE];

/** The fields of PodExecOptions and its like as they stand in a URL: lists are given by repetition. */
export function optionParameters(kind: string): Parameter[] {
  const fields = definitionSchema(`io.k8s.api.core.v1.${kind}`)?.fields ?? new Map();
  return [...fields.values()].flatMap(({ name, schema }: { name: string; schema: Schema }) => {
    const { type, format } = schema.type === 'array' ? schema.items as Schema : schema;
    if (name === 'kind' || name === 'apiVersion' || format === 'date-time') return [];
    return [query(name, type as Parameter['type'], `${kind}.${name}`)];
  });
}

export function v2Parameter({ name, in: place, type }: Parameter): Json {
  return { uniqueItems: true, type, name, in: place, ...(place === 'path' ? { required: true } : {}) };
}
export function v3Parameter({ name, in: place, type }: Parameter): Json {
  return { name, in: place, ...(place === 'path' ? { required: true } : {}), schema: { type, uniqueItems: true } };
}
