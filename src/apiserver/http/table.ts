import type { KubernetesObject, ListMeta, ObjectMeta } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import type { AdditionalColumn } from '../tables/custom.ts';
import type { ServerContext } from '../context.ts';
import { inVersion } from '../registry/versions.ts';
import { partialMetadata } from './partial-metadata.ts';

export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** A meta.k8s.io Table of objects, with the columns of their kind. */
export async function tableOf(
  context: ServerContext, info: ResourceInfo, given: KubernetesObject[], metadata: ObjectMeta | ListMeta | undefined, include: IncludeObject, version: string,
): Promise<KubernetesObject> {
  const { tableFor } = await import('../tables/table.ts');
  const { additionalPrinterColumns } = info as ResourceInfo & { additionalPrinterColumns?: AdditionalColumn[] };
  const objects = inTableOrder(info, given);
  const { columnDefinitions, rows } = tableFor(isScale(info, objects) ? SCALE : info, await asPrinted(context, info, objects), context.clock.now(), additionalPrinterColumns);
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

const SCALE = { group: 'autoscaling', kind: 'Scale', builtIn: true };

/** What the scale of a built-in kind shows is no object of that kind. */
function isScale({ builtIn, kind }: ResourceInfo, [object]: KubernetesObject[]): boolean {
  return builtIn && object?.kind === 'Scale' && kind !== 'Scale';
}

/** Flow schemas stand in the order in which they are asked. */
function inTableOrder(info: ResourceInfo, objects: KubernetesObject[]): KubernetesObject[] {
  if (info.group !== 'flowcontrol.apiserver.k8s.io' || info.resource !== 'flowschemas') return objects;
  const rank = (object: KubernetesObject): number => (object['spec'] as { matchingPrecedence?: number } | undefined)?.matchingPrecedence ?? 0;
  return [...objects].sort((a, b) => rank(a) - rank(b) || ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1));
}

/** The version that says most: the first one of autoscalers keeps metrics in annotations. */
async function asPrinted(context: ServerContext, info: ResourceInfo, objects: KubernetesObject[]): Promise<KubernetesObject[]> {
  const fuller = info.group === 'autoscaling' && info.version === 'v1' ? context.scheme.resource('autoscaling', 'v2', info.resource) : undefined;
  return fuller ? Promise.all(objects.map((object) => inVersion(context, fuller, object))) : objects;
}
