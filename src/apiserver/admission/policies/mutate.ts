import { DecodeError, decodeObject } from '../../../api/codec/json.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { applyFindings } from '../../../api/patch/apply/index.ts';
import { applyJsonPatch, OperationFailure } from '../../../api/patch/json-patch.ts';
import type { ResourceInfo, Scheme } from '../../../api/schema.ts';
import { internalError, StatusError } from '../../../api/status.ts';
import type { Mutation } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import type { Evaluation } from '../expressions.ts';
import { ofKind } from '../webhooks/patch.ts';
import { mergeApplied } from './apply-merge.ts';
import { atomicParts } from './atomic-parts.ts';

/** Fields that say what an object is; a policy cannot change them by an apply configuration. */
const IDENTITY = ['apiVersion', 'kind'];

type Normalize = (object: KubernetesObject, info: ResourceInfo) => KubernetesObject | Promise<KubernetesObject>;
export interface MutationContext { info: ResourceInfo; scheme: Scheme; normalize: Normalize | undefined }

/** The object as one mutation makes it. Rejects with Error for what `failurePolicy` decides about, with StatusError for what fails whatever it says. */
export async function mutated(mutation: Mutation, object: KubernetesObject, evaluation: Evaluation, context: MutationContext): Promise<KubernetesObject> {
  if (mutation.patchType === 'ApplyConfiguration') return applied(mutation.applyConfiguration?.expression ?? '', object, evaluation, context);
  return jsonPatched(mutation.jsonPatch?.expression ?? '', object, evaluation, context);
}

async function applied(expression: string, object: KubernetesObject, evaluation: Evaluation, { info, normalize }: MutationContext): Promise<KubernetesObject> {
  const { configurationOf, typeMismatches } = await import('../../../cel/configuration.ts');
  const value = await evaluation.evaluate('applyConfiguration', expression.trim());
  const mismatches = typeMismatches(value);
  if (mismatches.length > 0) throw new Error(`type mismatch: ${mismatches.join('\n')}`);
  const patch = configurationOf(value) as Record<string, unknown>;
  for (const field of IDENTITY) delete patch[field];
  const wrong = applyFindings(patch, info.schema);
  if (wrong !== undefined) throw new Error(`error applying patch: failed to convert patch object to typed object: ${wrong}`);
  const atomic = atomicParts(patch, info.schema);
  if (atomic.length > 0) throw new Error(`error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomic.join(', ')}`);
  const merged = mergeApplied(object, patch, info.schema) as KubernetesObject;
  if (!normalize || merged.kind !== info.kind) return merged;
  try {
    return await normalize(merged, info);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new Error(`unable to convert unstructured object to ${info.group}/${info.version}, Kind=${info.kind}: ${error.message}`);
  }
}

async function jsonPatched(expression: string, object: KubernetesObject, evaluation: Evaluation, { info, scheme, normalize }: MutationContext): Promise<KubernetesObject> {
  const { operationsOf, typeMismatches } = await import('../../../cel/configuration.ts');
  const operations = await evaluation.evaluate('jsonPatch', expression.trim()) as unknown[];
  const mismatches = operations.flatMap((operation) => typeMismatches(operation, 'value'));
  if (mismatches.length > 0) throw new Error(`type mismatch: ${mismatches.join('\n')}`);
  const result = patchedBy(operationsOf(operations), object);
  if (result === undefined) return object;
  if (object.kind !== info.kind) return result;
  const whole = ofKind(result, info, scheme);
  if (!info.builtIn) return normalize ? normalize(whole, info) : whole;
  try {
    const { object: decoded, strictErrors } = decodeObject<KubernetesObject>(whole, info.schema, { strict: true });
    if (strictErrors.length > 0) throw internalError(`strict decoding error: ${strictErrors.join(', ')}`);
    return normalize ? await normalize(decoded, info) : decoded;
  } catch (error) {
    throw error instanceof DecodeError ? internalError(error.message) : error;
  }
}

/** undefined: a test among the operations did not hold, and nothing changes. */
function patchedBy(operations: unknown[], object: KubernetesObject): KubernetesObject | undefined {
  try {
    return applyJsonPatch(structuredClone(object), operations) as KubernetesObject;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const why = error instanceof OperationFailure ? error.why : error.message;
    if (why.endsWith(': test failed')) return undefined;
    throw new Error(`JSON Patch: ${why}`);
  }
}
