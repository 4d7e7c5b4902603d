import { qualifiedResource } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import type { Answer, Call } from '../request/call.ts';
import { writeParameters } from '../request/options.ts';
import { readObject } from '../request/read-object.ts';
import { bindingsVerb } from '../subresources/binding.ts';
import { admissionAttributes, admit, validateAdmission } from './admission.ts';
import { SERVERS_OWN } from './create.ts';
import { methodNotAllowed } from './dispatch.ts';
import { trackFields } from './managed-fields.ts';
import { oneOwnerEach, settleNamespace } from './prepare.ts';

/** Create of a kind that is never stored: the answer is the object with its question answered. */
export async function reviewVerb(context: ServerContext, call: Call): Promise<Answer> {
  const { resource: info } = call;
  if (info.group === '' && info.resource === 'bindings') return bindingsVerb(context, call);
  const handler = context.reviews.get(qualifiedResource(info.group, info.resource));
  if (!handler) throw methodNotAllowed();
  const parameters = writeParameters(call.info.query, 'CreateOptions', call.userAgent);
  const object = await readObject(context, call, info, parameters.fieldValidation);
  const metadata = settleNamespace(object, call.info.namespace, info.namespaced);
  // Nothing is stored, so that a resourceVersion does no harm; reviews tell what they were sent.
  for (const key of SERVERS_OWN) if (key !== 'resourceVersion') delete metadata[key];
  oneOwnerEach(call, metadata);
  await trackFields(context, call, object, undefined, parameters, '');
  const attributes = admissionAttributes(call, 'CREATE', object, undefined, { kind: 'CreateOptions', dryRun: parameters.dryRun });
  await admit(context, attributes);
  await validateAdmission(context, attributes);
  const answer = await handler({ object: attributes.object ?? object, user: call.user, namespace: call.info.namespace, name: object.metadata?.name ?? '' });
  return { type: 'object', code: 201, object: answer };
}
