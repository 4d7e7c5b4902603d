import type { KubernetesObject, ListMeta, ObjectMeta } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import type { ServerContext, TableContent } from '../context.ts';
import { partialMetadata } from './partial-metadata.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** A meta.k8s.io Table of objects, with the columns of their kind. */
export function tableOf(
  context: ServerContext, info: ResourceInfo, objects: KubernetesObject[], metadata: ObjectMeta | ListMeta | undefined, include: IncludeObject, version: string,
): KubernetesObject {
  const { columnDefinitions, rows } = (context.tableFor ?? nameAndAge)(info, objects, context.clock.now());
  const shown = (object: KubernetesObject): { object?: KubernetesObject } => {
    if (include === 'None') return {};
    return { object: include === 'Object' ? object : partialMetadata(object, version) };
  };
  const { resourceVersion, continue: token, remainingItemCount } = (metadata ?? {}) as ListMeta;
  return {
    kind: 'Table', apiVersion: `meta.k8s.io/${version}`,
    metadata: { resourceVersion, continue: token, remainingItemCount } as KubernetesObject['metadata'],
    columnDefinitions, rows: rows.map((row, index) => ({ ...row, ...shown(objects[index] as KubernetesObject) })),
  };
}

const TEXT = { type: 'string', priority: 0 };

/** The columns of a kind that has none of its own. */
function nameAndAge(_info: ResourceInfo, objects: KubernetesObject[]): TableContent {
  return {
    columnDefinitions: [
      { ...TEXT, name: 'Name', format: 'name', description: '' }, { ...TEXT, name: 'Created At', type: 'date', format: '', description: '' },
    ],
    rows: objects.map(({ metadata }) => ({ cells: [metadata?.name ?? '', metadata?.creationTimestamp ?? ''] })),
  };
}
