import { notFound } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import type { Answer, Call } from '../request/call.ts';
import { writeParameters } from '../request/options.ts';
import { readObject } from '../request/read-object.ts';
import { admissionAttributes, admit, validateAdmission } from '../verbs/admission.ts';
import { methodNotAllowed } from '../verbs/dispatch.ts';

/** POST serviceaccounts/NAME/token: mints a bound token. */
export async function tokenVerb(context: ServerContext, call: Call): Promise<Answer> {
  const { resource: info, info: { namespace, name } } = call;
  const handler = context.reviews.get('serviceaccounts/token');
  if (!handler) throw methodNotAllowed();
  if (!await context.store.get(info, namespace, name)) throw notFound('', 'serviceaccounts', name);
  const expected = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', schema: context.scheme.kindSchema('authentication.k8s.io', 'v1', 'TokenRequest') };
  const parameters = writeParameters(call.info.query, 'CreateOptions', call.userAgent);
  const object = await readObject(context, call, expected, parameters.fieldValidation);
  const attributes = admissionAttributes(call, 'CREATE', object, undefined, { kind: 'CreateOptions', dryRun: parameters.dryRun });
  await admit(context.admission, attributes);
  await validateAdmission(context.admission, attributes);
  return { type: 'object', code: 201, object: await handler({ object, user: call.user, namespace, name }) };
}
