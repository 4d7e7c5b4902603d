import type { KubernetesObject, ListMeta, ObjectMeta } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import type { AdditionalColumn } from '../tables/custom.ts';
import type { ServerContext } from '../context.ts';
import { partialMetadata } from './partial-metadata.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** A meta.k8s.io Table of objects, with the columns of their kind. */
export async function tableOf(
  context: ServerContext, info: ResourceInfo, objects: KubernetesObject[], metadata: ObjectMeta | ListMeta | undefined, include: IncludeObject, version: string,
): Promise<KubernetesObject> {
  const { tableFor } = await import('../tables/table.ts');
  const { additionalPrinterColumns } = info as ResourceInfo & { additionalPrinterColumns?: AdditionalColumn[] };
  const { columnDefinitions, rows } = tableFor(info, objects, context.clock.now(), additionalPrinterColumns);
  const shown = (object: KubernetesObject): { object: KubernetesObject | null } => {
    if (include === 'None') return { object: null };
    return { object: include === 'Object' ? object : partialMetadata(object, version) };
  };
  const { resourceVersion, continue: token, remainingItemCount } = (metadata ?? {}) as ListMeta;
  return {
    kind: 'Table', apiVersion: `meta.k8s.io/${version}`,
    metadata: { resourceVersion, continue: token, remainingItemCount } as KubernetesObject['metadata'],
    columnDefinitions, rows: rows.map((row, index) => ({ ...row, ...shown(objects[index] as KubernetesObject) })),
  };
}
