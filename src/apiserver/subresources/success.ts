import type { KubernetesObject } from '../../api/object.ts';

/** The Status of a request that has nothing to show. */
export function successStatus(code: number): KubernetesObject {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code } as KubernetesObject;
}
