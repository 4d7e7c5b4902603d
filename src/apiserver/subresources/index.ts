import type { ServerContext } from '../context.ts';
import type { Answer, Call } from '../request/call.ts';
import { getVerb } from '../verbs/get.ts';
import { patchVerb } from '../verbs/patch.ts';
import { updateVerb } from '../verbs/update.ts';
import { bindPodVerb } from './binding.ts';
import { evictVerb } from './eviction.ts';
import { getScale, patchScale, updateScale } from './scale.ts';
import { tokenVerb } from './token.ts';

type Handler = (context: ServerContext, call: Call) => Promise<Answer>;
type ByVerb = Partial<Record<string, Handler>>;

/** A subresource that is the object itself, of which the kind's rules let only a part change. */
const WHOLE_OBJECT: ByVerb = { get: getVerb, update: updateVerb, patch: patchVerb };

const OWN: Record<string, ByVerb> = {
  'pods/binding': { create: bindPodVerb },
  'pods/eviction': { create: evictVerb },
  'serviceaccounts/token': { create: tokenVerb },
  'namespaces/finalize': { update: updateVerb },
};

/** Who serves a subresource; undefined when the method is not one it has. Streams (log, exec, proxy) are served by `streams/`. */
export function subresourceHandler(call: Call): Handler | undefined {
  const { resource: info, info: { subresource, verb } } = call;
  if (!call.subresource?.verbs.includes(verb)) return undefined;
  const own = info.group === '' ? OWN[`${info.resource}/${subresource}`] : undefined;
  if (own) return own[verb];
  if (subresource === 'scale') return { get: getScale, update: updateScale, patch: patchScale }[verb as 'get' | 'update' | 'patch'];
  return WHOLE_OBJECT[verb];
}
