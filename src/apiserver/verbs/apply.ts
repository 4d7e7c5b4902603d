import type { KubernetesObject } from '../../api/object.ts';
import { DecodeError, JsonSyntaxError, decodeObject } from '../../api/codec/json.ts';
import { checkConfiguration, conversionError, type ApplyContext } from '../../api/patch/apply/index.ts';
import { goKind } from '../../api/patch/merge-patch.ts';
import { StatusError, badRequest, notFound } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import { toStorage } from '../registry/versions.ts';
import type { Answer, Call } from '../request/call.ts';
import type { WriteParameters } from '../request/options.ts';
import { report, type ExpectedKind } from '../request/read-object.ts';
import { answerWith } from './answer.ts';
import { persistApplied } from './create.ts';
import { applyFields, checkApplied } from './managed-fields.ts';
import { rulesOf, settleNamespace } from './prepare.ts';
import { changeObject } from './update.ts';

const utf8 = new TextDecoder();
const ATTEMPTS = 5;

/** Server-side apply: creates what is not there, else merges what this manager says with what others own. */
export async function applyVerb(context: ServerContext, call: Call, parameters: WriteParameters): Promise<Answer> {
  const { resource: info } = call;
  const { object: applied, named } = await readConfiguration(context, call, parameters);
  for (let attempt = 1; ; attempt++) {
    const existing = await context.store.get(info, call.info.namespace, call.info.name);
    try {
      if (existing) {
        const changed = await changeObject(context, call, parameters, async (old) => {
          const stored = await toStorage(context, info, await applyFields(context, call, old, applied, parameters));
          rulesOf(context, info)?.default?.(stored);
          return stored;
        });
        return answerWith(context, call, changed);
      }
      if (call.info.subresource) throw notFound(info.group, info.resource, call.info.name);
      if (!named) throw badRequest(`the name of the object (${call.info.name} based on URL) was undeterminable: name must be provided`);
      if (applied.metadata?.uid) throw new StatusError(409, 'Conflict', `uid mismatch: the provided object specified uid ${applied.metadata.uid}, and no existing object was found`);
      const merged = await applyFields(context, call, undefined, applied, parameters);
      return answerWith(context, call, await persistApplied(context, call, merged, parameters), 201);
    } catch (error) {
      const raced = error instanceof StatusError && (error.reason === 'AlreadyExists' || (existing && error.reason === 'NotFound'));
      if (!raced || attempt === ATTEMPTS) throw error;
    }
  }
}

/** What a subresource applies, where that is no object of the resource. */
type OtherKind = ApplyContext & { info: ExpectedKind };

/** The applied configuration: YAML or JSON, with exactly the fields its manager wants, so without defaults or zero values. */
export async function readConfiguration(context: ServerContext, call: Call, parameters: WriteParameters, other?: OtherKind): Promise<{ object: KubernetesObject; named: boolean }> {
  const { resource: info } = call;
  const { value, duplicates } = call.body.object !== undefined ? { value: call.body.object, duplicates: [] } : await parseConfiguration(utf8.decode(await call.body.bytes()));
  const raw = value ?? {};
  if (typeof raw !== 'object' || Array.isArray(raw)) {
    throw badRequest(`error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKind(raw)} into Go value of type map[string]interface {}`);
  }
  const object = structuredClone(raw) as KubernetesObject;
  // A refusal tells all of them as one, a warning each by itself.
  const told = parameters.fieldValidation === 'Warn' ? duplicates.flatMap((text) => text.split(/\n\s*/).slice(1)) : duplicates;
  report(call, told, parameters.fieldValidation, other?.info ?? info);
  // Unknown fields are refused here, with what is of the wrong kind.
  if (other) checkConfiguration(object, other);
  else checkApplied(context, call, object, parameters);
  try {
    decodeObject(object, other?.schema ?? info.schema);
  } catch (error) {
    throw error instanceof DecodeError ? conversionError(object, error.message) : error;
  }
  const metadata = settleNamespace(object, call.info.namespace, info.namespaced);
  const named = Boolean(metadata.name);
  if (named && metadata.name !== call.info.name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${call.info.name})`);
  }
  metadata.name = call.info.name;
  return { object, named };
}

async function parseConfiguration(text: string): Promise<{ value: unknown; duplicates: string[] }> {
  const [{ duplicateText }, { readYaml }] = await Promise.all([import('../../api/codec/yaml.ts'), import('../request/yaml-text.ts')]);
  try {
    const { value, duplicates } = await readYaml(text);
    return { value, duplicates: duplicateText(duplicates) };
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest(`${/^\s*\{/.test(text) ? 'error decoding patch: ' : 'error encoding patch: '}${error.message.replace('error converting YAML to JSON: ', '')}`);
    throw error;
  }
}
