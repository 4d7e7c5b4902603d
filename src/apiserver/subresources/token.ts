import { trackUpdate } from '../../api/patch/apply/index.ts';
import { notFound } from '../../api/status.ts';
import { DEFAULT_SECONDS } from '../authn/token-request.ts';
import type { ServerContext } from '../context.ts';
import type { Answer, Call } from '../request/call.ts';
import { writeParameters } from '../request/options.ts';
import { readObject } from '../request/read-object.ts';
import { admissionAttributes, admit, validateAdmission } from '../verbs/admission.ts';
import { methodNotAllowed } from '../verbs/dispatch.ts';
import { oneOwnerEach, settleNamespace } from '../verbs/prepare.ts';

/** POST serviceaccounts/NAME/token: mints a bound token. */
export async function tokenVerb(context: ServerContext, call: Call): Promise<Answer> {
  const { resource: info, info: { namespace, name } } = call;
  const handler = context.reviews.get('serviceaccounts/token');
  if (!handler) throw methodNotAllowed();
  if (!await context.store.get(info, namespace, name)) throw notFound('', 'serviceaccounts', name);
  const expected = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', schema: context.scheme.kindSchema('authentication.k8s.io', 'v1', 'TokenRequest') };
  const parameters = writeParameters(call.info.query, 'CreateOptions', call.userAgent);
  const object = await readObject(context, call, expected, parameters.fieldValidation);
  oneOwnerEach(call, settleNamespace(object, namespace, true));
  const spec = (object['spec'] ??= {}) as { expirationSeconds?: number };
  spec.expirationSeconds ??= DEFAULT_SECONDS;
  const apply = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', schema: expected.schema ?? { type: 'any' as const }, subresource: 'token', manager: parameters.fieldManager, time: context.clock.now() };
  const managedFields = trackUpdate(undefined, object, apply);
  if (managedFields) (object.metadata ??= {}).managedFields = managedFields;
  const attributes = admissionAttributes(call, 'CREATE', object, undefined, { kind: 'CreateOptions', dryRun: parameters.dryRun });
  await admit(context, attributes);
  await validateAdmission(context, attributes);
  return { type: 'object', code: 201, object: await handler({ object: attributes.object ?? object, user: call.user, namespace, name, warnings: call.warnings }) };
}
