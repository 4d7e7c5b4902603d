import type { ResourceInfo } from '../../api/schema.ts';
import type { ServerContext } from '../context.ts';
import type { Call } from '../request/call.ts';
import type { WriteParameters } from '../request/options.ts';
import { unknownResource } from '../verbs/dispatch.ts';

/** A call of this server on another object, made on the way of serving `call`: authorized already, told to the same warnings. */
export function relatedCall(context: ServerContext, call: Call, place: { group: string; version: string; resource: string }, namespace: string, name: string, subresource = ''): Call {
  const resource: ResourceInfo | undefined = context.scheme.resource(place.group, place.version, place.resource);
  if (!resource) throw unknownResource();
  return {
    ...call, resource, subresource: undefined, body: { contentType: '', bytes: () => Promise.resolve(new Uint8Array()) },
    info: { ...call.info, ...place, namespace, name, subresource, query: new URLSearchParams() },
  };
}

/** Parameters of a write the server makes on its own account. */
export function ownWrite(dryRun: boolean, fieldManager: string): WriteParameters {
  return { dryRun, fieldManager, fieldValidation: 'Ignore', force: undefined };
}
