/** Waits for what servers write on their own account soon after a request, so that what follows is sent to equal objects. */
import type { KubernetesObject } from '../../src/api/object.ts';
import type { Side } from './client.ts';
import { DANGLING_MANAGER } from './normalize.ts';
import type { Last, Step } from './scenario.ts';

interface Condition { type: string; status: string }
const LOOK_MILLISECONDS = 20;
const LONGEST_MILLISECONDS = 8000;
/** Upstream puts off this condition when it was written often: waiting for it would take minutes. */
const LONGEST_FOR_DANGLING_MILLISECONDS = 1200;
const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

const conditionOf = (object: KubernetesObject, type: string): Condition | undefined => {
  const conditions = (object['status'] as { conditions?: unknown } | undefined)?.conditions;
  return Array.isArray(conditions) ? (conditions as Condition[]).find((each) => each.type === type) : undefined;
};

/** By kind: whether the server has said of an object what it will. */
const SETTLED: Record<string, (object: KubernetesObject) => boolean> = {
  CustomResourceDefinition: (object) => (object.metadata?.deletionTimestamp !== undefined
    ? !object.metadata.finalizers?.includes(CLEANUP)
    : conditionOf(object, 'Established')?.status === 'True' || conditionOf(object, 'NamesAccepted')?.status === 'False'),
  FlowSchema: (object) => conditionOf(object, 'Dangling') !== undefined,
  APIService: (object) => object.metadata?.deletionTimestamp !== undefined || conditionOf(object, 'Available') !== undefined,
};

/** What is written with a delay by one side is in no request. */
export function withoutDelayed(kind: string, object: Last): Last {
  if (kind !== 'FlowSchema') return object;
  const status = object['status'] as { conditions?: Condition[] } | undefined;
  const conditions = status?.conditions?.filter(({ type }) => type !== 'Dangling');
  const managedFields = object.metadata?.managedFields?.filter(({ manager }) => manager !== DANGLING_MANAGER);
  return { ...object, metadata: { ...object.metadata, managedFields }, status: { ...status, conditions: conditions?.length ? conditions : undefined } } as Last;
}

/** The object's path, if a step may make the server write; undefined for those that change nothing. */
export function settlingPath(kind: string, { method, path, body }: Step, sent: string | Buffer | undefined): string | undefined {
  if (!SETTLED[kind] || method === 'GET' || path.includes('dryRun') || String(sent ?? '').includes('"dryRun"')) return undefined;
  const [place = ''] = path.split('?');
  if (method !== 'POST') return place.replace(/\/status$/, '');
  const name = typeof body === 'object' ? (body as Partial<Last> | null)?.metadata?.name : undefined;
  return name === undefined ? undefined : `${place}/${name}`;
}

/** The object when its server has written, or is gone, or has long kept silent. */
export async function settled(side: Side, kind: string, path: string): Promise<Last | undefined> {
  const longest = kind === 'FlowSchema' ? LONGEST_FOR_DANGLING_MILLISECONDS : LONGEST_MILLISECONDS;
  let object: (Last & { items?: KubernetesObject[] }) | undefined;
  for (const start = performance.now(); performance.now() - start < longest;) {
    const { code, bytes } = await side.send({ method: 'GET', path, headers: { accept: 'application/json' } });
    if (code !== 200) return undefined;
    object = JSON.parse(bytes.toString()) as Last & { items?: KubernetesObject[] };
    if (object.items?.every((item) => SETTLED[kind]?.(item))) return undefined;
    if (object.kind === kind && SETTLED[kind]?.(object)) return object;
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MILLISECONDS); });
  }
  return object?.kind === kind ? object : undefined;
}
