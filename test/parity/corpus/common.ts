import type { ResourceTable } from '../../../src/api/schema-tables.ts';
import { apiVersionOf, collectionPath, validObject } from '../objects.ts';
import type { Body, Last, Step } from '../scenario.ts';

export const MERGE = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';
export const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
export const PARTIAL = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';
export const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
export const DRY = '?dryRun=All';

/** What the corpus's parts need of a resource. */
export interface Subject {
  resource: ResourceTable;
  namespace: string;
  /** Of the collection and of the object that scenarios make. */
  collection: string;
  path: string;
  apiVersion: string;
  /** A valid object, fresh each time. */
  valid(name?: string): Last;
}

export const NAME = 'one';

export function subjectOf(resource: ResourceTable, namespace: string): Subject {
  const collection = collectionPath(resource, namespace);
  const valid = (name = NAME): Last => validObject(resource, namespace, name) as Last;
  return { resource, namespace, collection, path: `${collection}/${valid().metadata?.name}`, apiVersion: apiVersionOf(resource), valid };
}

export const labelled = (last: Last, labels: Record<string, unknown>): Last => ({ ...last, metadata: { ...last.metadata, labels: { ...last.metadata?.labels, ...labels } } } as Last);
export const withMetadata = (last: Last, change: Record<string, unknown>): Last => ({ ...last, metadata: { ...last.metadata, ...change } } as Last);

const request = (verb: string, method: string) => (path: string, body?: Body, more: Partial<Step> = {}): Step => ({ verb, method, path, body, ...more });
export const post = request('create', 'POST');
export const put = request('update', 'PUT');
export const remove = request('delete', 'DELETE');
export const get = (path: string, accept?: string, more: Partial<Step> = {}): Step => ({ verb: 'get', method: 'GET', path, accept, ...more });
export const list = (path: string, accept?: string, more: Partial<Step> = {}): Step => ({ verb: 'list', method: 'GET', path, accept, ...more });
export const patch = (path: string, type: string, body?: Body, more: Partial<Step> = {}): Step => ({ verb: type === APPLY ? 'apply' : 'patch', method: 'PATCH', path, type, body, ...more });
/** Makes the object that the following steps are about. */
export const given = (collection: string, body: Body): Step => post(collection, body, { quiet: true });
/** Without a grace period, so that the name is free again. */
export const cleared = (path: string): Step => remove(`${path}?gracePeriodSeconds=0&propagationPolicy=Background`, undefined, { quiet: true });
