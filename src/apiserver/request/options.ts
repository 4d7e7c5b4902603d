import type { KubernetesObject } from '../../api/object.ts';
import { StatusError, badRequest, invalid, type FieldError } from '../../api/status.ts';
import { parseGoDuration } from '../../base/go-duration.ts';
import type { RequestInfo } from '../contracts.ts';
import { goQuotedText } from '../../api/codec/json-text.ts';
import { isTrue } from './request-info.ts';

export interface ListParameters {
  labelSelector: string; fieldSelector: string; resourceVersion: string; resourceVersionMatch: '' | 'Exact' | 'NotOlderThan';
  limit: number; continue: string; timeoutSeconds: number; allowWatchBookmarks: boolean; sendInitialEvents: boolean | undefined;
}

export interface WriteParameters {
  dryRun: boolean;
  fieldManager: string;
  fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  force: boolean | undefined;
}

export interface DeleteParameters {
  dryRun: boolean;
  gracePeriodSeconds: number | undefined;
  orphanDependents: boolean | undefined;
  /** Deletes what cannot be read any more, and nothing else. */
  unreadable?: boolean;
  propagationPolicy: string | undefined;
  preconditions: { uid?: string; resourceVersion?: string };
}

/** 0 when the parameter is not there. Throws StatusError 400 for what is no number. */
export function integer(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null || text === '') return 0;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (!Number.isSafeInteger(value) && BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
  return value;
}

const LONG_RUNNING = new Set(['proxy', 'attach', 'exec', 'portforward', 'log']);

/** Requests that may take as long as they like: watches, and streams between a client and a pod. */
export function isLongRunning({ verb, subresource, isResourceRequest }: RequestInfo): boolean {
  return verb === 'watch' || verb === 'proxy' || (isResourceRequest && LONG_RUNNING.has(subresource));
}

/** Refuses a `timeout` that is no duration. Requests that run long have none, whatever they say. */
export function checkTimeout(info: RequestInfo): void {
  const timeout = info.query.get('timeout');
  if (!timeout || parseGoDuration(timeout) !== undefined || isLongRunning(info)) return;
  throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(timeout)}`);
}

/** `readsRevision`: false leaves it to the caller to look at the resourceVersion later. */
export function listParameters(query: URLSearchParams, watch: boolean, readsRevision = true): ListParameters {
  const initial = query.get('sendInitialEvents');
  const parameters: ListParameters = {
    labelSelector: query.get('labelSelector') ?? '', fieldSelector: query.get('fieldSelector') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: (query.get('resourceVersionMatch') ?? '') as ListParameters['resourceVersionMatch'],
    limit: integer(query, 'limit'), continue: query.get('continue') ?? '', timeoutSeconds: integer(query, 'timeoutSeconds'),
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks')), sendInitialEvents: initial === null || initial === '' ? undefined : isTrue(initial),
  };
  // A watch that names no revision asks for all there is, and is told when it has it.
  const unset = parameters.resourceVersion === '' || parameters.resourceVersion === '0';
  if (watch && unset && parameters.sendInitialEvents === undefined && !parameters.resourceVersionMatch) Object.assign(parameters, { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' });
  const errors = listParameterErrors(parameters, watch);
  if (errors.length) throw invalid('meta.k8s.io', 'ListOptions', '', errors);
  if (readsRevision) checkResourceVersion(parameters.resourceVersion, watch);
  return parameters;
}

/** A list is refused as a bad request; anything else fails where the store would look for it, as upstream's does. */
export function checkResourceVersion(text: string, late: boolean): void {
  const why = !/^\d*$/.test(text) ? 'invalid syntax' : text.length > 19 && BigInt.asUintN(64, BigInt(text)) !== BigInt(text) ? 'value out of range' : undefined;
  if (!why) return;
  const message = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`;
  throw late ? new StatusError(500, '', message) : badRequest(`invalid resource version: ${message}`);
}

const NEEDS_MATCH = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';

function listParameterErrors(parameters: ListParameters, watch: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (field: string, text: string): void => { errors.push({ type: 'FieldValueForbidden', field, detail: `Forbidden: ${text}` }); };
  const { resourceVersionMatch: match, sendInitialEvents } = parameters;
  if (match) {
    if (watch && sendInitialEvents === undefined) forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
    if (!watch && !parameters.resourceVersion) forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (parameters.continue) forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided');
    if (watch && sendInitialEvents !== undefined && match !== 'NotOlderThan') forbid('resourceVersionMatch', NEEDS_MATCH);
    const known = watch ? ['NotOlderThan'] : ['Exact', 'NotOlderThan', ''];
    if (!known.includes(match)) {
      errors.push({ type: 'FieldValueNotSupported', field: 'resourceVersionMatch', detail: `Unsupported value: ${JSON.stringify(match)}: supported values: ${known.map((value) => `"${value}"`).join(', ')}` });
    }
    if (match === 'Exact' && parameters.resourceVersion === '0') forbid('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  if (sendInitialEvents !== undefined) {
    if (!watch) forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list');
    else if (!match) forbid('resourceVersionMatch', NEEDS_MATCH);
  }
  return errors;
}

const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;
const codePoint = (character: string): string => `U+${(character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')}`;

const FIELD_VALIDATIONS = ['Ignore', 'Warn', 'Strict'];

/** `defaultValidation` differs: Warn for create and update. `optionsKind` names the options in errors. */
export function writeParameters(query: URLSearchParams, optionsKind: string, userAgent: string): WriteParameters {
  const errors: FieldError[] = [];
  const dryRun = query.getAll('dryRun');
  errors.push(...dryRunErrors(dryRun));
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  if (!FIELD_VALIDATIONS.includes(fieldValidation)) {
    errors.push({ type: 'FieldValueNotSupported', field: 'fieldValidation', detail: `Unsupported value: ${JSON.stringify(fieldValidation)}: supported values: "", "Ignore", "Strict", "Warn"` });
  }
  const manager = query.get('fieldManager') ?? '';
  if (Buffer.byteLength(manager) > 128) errors.push({ type: 'FieldValueTooLong', field: 'fieldManager', detail: 'Too long: may not be more than 128 bytes' });
  const odd = UNPRINTABLE.exec(manager);
  if (odd) errors.push({ type: 'FieldValueInvalid', field: 'fieldManager', detail: `Invalid value: ${goQuotedText(manager)}: invalid character ${codePoint(odd[0])} (at position ${odd.index})` });
  if (errors.length) throw invalid('meta.k8s.io', optionsKind, '', errors);
  const force = query.get('force');
  return {
    dryRun: dryRun.length > 0, fieldManager: manager || managerFromUserAgent(userAgent), force: force === null ? undefined : isTrue(force),
    fieldValidation: fieldValidation as WriteParameters['fieldValidation'],
  };
}

/** Upstream's rule: the part of the user agent before the first slash, at most 128 characters. */
export function managerFromUserAgent(userAgent: string): string {
  return (userAgent.split('/', 1)[0] ?? '').slice(0, 128) || 'unknown';
}

/** DeleteOptions come as a body, or else as query parameters. */
export function deleteParameters(query: URLSearchParams, body: KubernetesObject | undefined): DeleteParameters {
  const text = (name: string): string | undefined => query.get(name) || undefined;
  const fromBody = body as { gracePeriodSeconds?: number; orphanDependents?: boolean; ignoreStoreReadErrorWithClusterBreakingPotential?: boolean; propagationPolicy?: string; dryRun?: string[]; preconditions?: { uid?: string; resourceVersion?: string } } | undefined;
  const grace = text('gracePeriodSeconds');
  const orphan = text('orphanDependents');
  const dryRun = fromBody ? fromBody.dryRun ?? [] : query.getAll('dryRun');
  const parameters: DeleteParameters = {
    dryRun: dryRun.length > 0,
    gracePeriodSeconds: fromBody ? fromBody.gracePeriodSeconds ?? undefined : grace === undefined ? undefined : integer(query, 'gracePeriodSeconds'),
    orphanDependents: fromBody ? fromBody.orphanDependents ?? undefined : orphan === undefined ? undefined : isTrue(orphan),
    unreadable: fromBody ? fromBody.ignoreStoreReadErrorWithClusterBreakingPotential === true : isTrue(text('ignoreStoreReadErrorWithClusterBreakingPotential') ?? 'false'),
    propagationPolicy: fromBody ? fromBody.propagationPolicy ?? undefined : text('propagationPolicy'),
    preconditions: fromBody?.preconditions ?? {},
  };
  const errors = deleteParameterErrors(parameters, dryRun);
  if (errors.length) throw invalid('meta.k8s.io', 'DeleteOptions', '', errors);
  return parameters;
}

function deleteParameterErrors(parameters: DeleteParameters, dryRun: string[]): FieldError[] {
  const errors: FieldError[] = [];
  const policy = parameters.propagationPolicy;
  if (policy && parameters.orphanDependents !== undefined) {
    errors.push({ type: 'FieldValueInvalid', field: 'propagationPolicy', detail: `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set` });
  }
  if (policy && !['Foreground', 'Background', 'Orphan'].includes(policy)) {
    errors.push({ type: 'FieldValueNotSupported', field: 'propagationPolicy', detail: `Unsupported value: ${JSON.stringify(policy)}: supported values: "Foreground", "Background", "Orphan", "nil"` });
  }
  return [...errors, ...dryRunErrors(dryRun)];
}

function dryRunErrors(dryRun: string[]): FieldError[] {
  if (dryRun.every((value) => value === 'All')) return [];
  return [{ type: 'FieldValueNotSupported', field: 'dryRun', detail: `Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"` }];
}
