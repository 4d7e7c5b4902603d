import type { KubernetesObject } from '../../src/api/object.ts';

/** What one side has answered last with an object, from which later requests are made. */
export type Last = KubernetesObject & Record<string, unknown>;

/** Sent as JSON; a function makes it from what this side answered last, where requests carry its revision. */
export type Body = NonNullable<unknown> | null | ((last: Last) => unknown);

export interface Step {
  /** How the request is counted: create, get, list, watch, update, patch, apply, delete, subresource... */
  verb: string;
  method: string;
  path: string;
  body?: Body;
  /** Sent as it is, instead of `body`. */
  raw?: string;
  type?: string;
  accept?: string;
  headers?: Record<string, string>;
  /** Not compared: it only sets the scene. */
  quiet?: boolean;
}

/** Requests that follow one another; every scenario makes its own objects. */
export interface Scenario { kind: string; name: string; start: KubernetesObject; steps: Step[] }
