import type { SubresourceInfo } from '../../api/schema.ts';
import { qualifiedResource, StatusError } from '../../api/status.ts';
import type { RequestInfo, UserInfo } from '../contracts.ts';
import type { ServerContext } from '../context.ts';
import { PlainTextError } from '../http/plain-text-error.ts';
import type { Answer, Call, RequestBody } from '../request/call.ts';
import { subresourceHandler } from '../subresources/index.ts';
import { createVerb } from './create.ts';
import { deleteCollectionVerb } from './delete-collection.ts';
import { deleteVerb } from './delete.ts';
import { getVerb } from './get.ts';
import { listVerb } from './list.ts';
import { patchVerb } from './patch.ts';
import { reviewVerb } from './review.ts';
import { updateVerb } from './update.ts';
import { watchVerb } from './watch.ts';

export type Verb = (context: ServerContext, call: Call) => Promise<Answer>;

const VERBS: Record<string, Verb> = {
  get: getVerb, list: listVerb, watch: watchVerb, create: createVerb, update: updateVerb, patch: patchVerb, delete: deleteVerb, deletecollection: deleteCollectionVerb,
};

export interface Asking { user: UserInfo; userAgent: string; body: RequestBody; signal: AbortSignal }

export function unknownResource(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}
/** There is not even a group at the path: plain text, as a web server says it. */
export class PageNotFound extends PlainTextError {
  constructor() {
    super(404, 'NotFound', '404 page not found\n', { 'x-content-type-options': 'nosniff' }, 'the server could not find the requested resource');
  }
}
export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
}

/** What upstream warns of whoever uses these. */
const DEPRECATED: Record<string, string> = {
  endpoints: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice', componentstatuses: 'v1 ComponentStatus is deprecated in v1.19+',
};

/** Finds what a resource request is about. Throws StatusError 404 or 405. */
export function makeCall(context: ServerContext, info: RequestInfo, asking: Asking): Call {
  const resource = context.scheme.resource(info.group, info.version, info.resource);
  if (!resource) {
    throw context.scheme.groups().some(({ group }) => group === info.group) ? unknownResource() : new PageNotFound();
  }
  const subresource: SubresourceInfo | undefined = info.subresource ? resource.subresources.get(info.subresource) : undefined;
  if (info.subresource && !subresource) throw unknownResource();
  const isNamespace = info.resource === 'namespaces' && info.group === '';
  if (!resource.namespaced && info.namespace && !isNamespace) throw unknownResource();
  if (resource.namespaced && !info.namespace && (info.verb === 'create' || (info.name && info.verb !== 'list' && info.verb !== 'watch'))) {
    throw info.verb === 'create' ? methodNotAllowed() : unknownResource();
  }
  // What stands behind a proxy answers for itself.
  if (info.method === 'HEAD' && info.subresource !== 'proxy') throw methodNotAllowed();
  // What can only be created has no objects to name.
  if (info.verb === 'create' && info.name && !info.subresource && resource.builtIn && !resource.verbs.includes('get')) throw unknownResource();
  const needsName = info.verb === 'update' || info.verb === 'patch';
  if ((needsName && !info.name) || (info.verb === 'create' && info.name && !info.subresource)) throw methodNotAllowed();
  const own = resource.namespaced ? info : { ...info, namespace: '' };
  const { deprecationWarning = info.group === '' ? DEPRECATED[info.resource] : undefined } = resource as { deprecationWarning?: string };
  return { ...asking, info: own, resource, subresource, warnings: deprecationWarning ? [deprecationWarning] : [], annotations: {} };
}

/** The verb of a call, run. */
export async function dispatch(context: ServerContext, call: Call): Promise<Answer> {
  const { resource, info } = call;
  if (info.subresource) {
    const handler = subresourceHandler(call);
    if (!handler) throw methodNotAllowed();
    return handler(context, call);
  }
  const verb = VERBS[info.verb];
  if (!verb || !resource.verbs.includes(info.verb)) throw methodNotAllowed();
  const computed = context.computed.get(qualifiedResource(info.group, info.resource));
  if (computed) return computed(context, call);
  if (!resource.verbs.includes('get') && info.verb === 'create') return reviewVerb(context, call);
  return verb(context, call);
}
