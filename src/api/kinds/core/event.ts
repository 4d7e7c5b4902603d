import type { KubernetesObject } from '../../object.ts';
import type { RuleContext } from '../../kind-rules.ts';
import type { FieldError } from '../../status.ts';
import { semanticEqual } from '../common/equality.ts';
import { Findings, IMMUTABLE, internalValue } from '../common/findings.ts';
import { qualifiedName, subdomainName } from '../common/formats.ts';
import { validateGeneralMetadata, validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';

interface Reference { kind?: string; namespace?: string; name?: string; uid?: string; apiVersion?: string; resourceVersion?: string; fieldPath?: string }
interface EventView {
  involved: Reference; message: string; reportingController: string; reportingInstance: string; reason: string; action: string; type: string;
  eventTime: string | undefined; source: { component?: string; host?: string }; series: { count?: number; lastObservedTime?: string } | undefined;
  first: unknown; last: unknown; count: number; related: unknown;
}

function isEventsGroup(event: KubernetesObject): boolean {
  return event.apiVersion?.startsWith('events.k8s.io/') ?? false;
}

/** The same event as core/v1 and events.k8s.io/v1 name its fields. */
function view(event: KubernetesObject): EventView {
  const fields = event as Record<string, unknown>;
  const newer = isEventsGroup(event);
  const text = (name: string): string => (fields[name] as string | undefined) ?? '';
  return {
    involved: (fields[newer ? 'regarding' : 'involvedObject'] as Reference | undefined) ?? {}, message: text(newer ? 'note' : 'message'),
    reportingController: text(newer ? 'reportingController' : 'reportingComponent'), reportingInstance: text('reportingInstance'), reason: text('reason'),
    action: text('action'), type: text('type'), eventTime: (fields['eventTime'] as string | null | undefined) ?? undefined,
    source: (fields[newer ? 'deprecatedSource' : 'source'] as EventView['source'] | undefined) ?? {}, series: (fields['series'] as EventView['series']) ?? undefined,
    first: fields[newer ? 'deprecatedFirstTimestamp' : 'firstTimestamp'], last: fields[newer ? 'deprecatedLastTimestamp' : 'lastTimestamp'],
    related: fields['related'] ?? undefined, count: (fields[newer ? 'deprecatedCount' : 'count'] as number | undefined) ?? 0,
  };
}

function validateLengths(findings: Findings, event: EventView, controllerField: string): void {
  if (!event.reportingController) findings.required(controllerField);
  findings.invalidEach(controllerField, event.reportingController, qualifiedName(event.reportingController));
  const limits = [['reportingInstance', event.reportingInstance, 128], ['action', event.action, 128], ['reason', event.reason, 128]] as const;
  for (const [field, value, limit] of limits) {
    if (!value) findings.required(field);
    if (value.length > limit) findings.invalid(field, '', `can have at most ${limit} characters`);
  }
  if (event.message.length > 1024) findings.invalid('message', '', 'can have at most 1024 characters');
}

function validateCommon(findings: Findings, object: KubernetesObject, event: EventView, strict: boolean): void {
  const namespace = object.metadata?.namespace ?? '';
  const about = event.involved.namespace ?? '';
  const fits = event.eventTime == null ? (about === '' ? namespace === '' || namespace === 'default' : namespace === about)
    : about !== '' || namespace === 'default' || namespace === 'kube-system';
  if (!fits) findings.invalid('involvedObject.namespace', about, 'does not match event.namespace');
  if (event.eventTime != null) validateLengths(findings, event, strict ? 'reportingController' : 'reportingComponent');
}

function validateSeries(findings: Findings, series: EventView['series']): void {
  if (!series) return;
  if ((series.count ?? 0) < 2) findings.invalid('series.count', '', 'should be at least 2');
  if (!series.lastObservedTime) findings.required('series.lastObservedTime');
}

/** Whether the request came in events.k8s.io, whatever group the event is stored in. */
function isStrict(object: KubernetesObject, context: RuleContext | undefined): boolean {
  return context?.group === undefined ? isEventsGroup(object) : context.group === 'events.k8s.io';
}

export function validateEvent(object: KubernetesObject, context?: RuleContext): FieldError[] {
  const findings = new Findings();
  const event = view(object);
  validateCommon(findings, object, event, isStrict(object, context));
  if (!isStrict(object, context)) {
    validateGeneralMetadata(findings, object, true);
    return findings.list;
  }
  validateMetadata(findings, object, true, subdomainName);
  validateSeries(findings, event.series);
  if (event.eventTime == null) findings.required('eventTime');
  if (event.type !== 'Normal' && event.type !== 'Warning') findings.invalid('type', '', `has invalid value: ${event.type}`);
  if (event.first) findings.invalid('firstTimestamp', '', 'needs to be unset');
  if (event.last) findings.invalid('lastTimestamp', '', 'needs to be unset');
  if (event.count) findings.invalid('count', '', 'needs to be unset');
  if (event.source.component || event.source.host) findings.invalid('source', '', 'needs to be unset');
  return findings.list;
}

const FIXED = ['involved', 'reason', 'message', 'source', 'first', 'last', 'count', 'type', 'eventTime', 'action', 'related', 'reportingController', 'reportingInstance'] as const;
const SHOWN: Partial<Record<(typeof FIXED)[number], string>> = { involved: 'involvedObject', first: 'firstTimestamp', last: 'lastTimestamp' };

/** The value in a refusal: references and sources as upstream holds them. */
function shown(field: (typeof FIXED)[number], event: EventView): unknown {
  if (field === 'involved') return internalValue('core.ObjectReference', event.involved);
  if (field === 'related') return internalValue('*core.ObjectReference', event.related);
  return field === 'source' ? internalValue('core.EventSource', event.source) : event[field] ?? null;
}

export function validateEventUpdate(object: KubernetesObject, oldObject: KubernetesObject, context?: RuleContext): FieldError[] {
  const findings = new Findings();
  const event = view(object);
  const old = view(oldObject);
  validateMetadataUpdate(findings, object, oldObject, isStrict(object, context));
  validateCommon(findings, object, event, isStrict(object, context));
  // Of events.k8s.io only the series moves on; core/v1 events may be counted up in place.
  if (!isStrict(object, context)) return findings.list;
  if (!semanticEqual(event.series, old.series)) validateSeries(findings, event.series);
  for (const field of FIXED) if (!semanticEqual(event[field], old[field])) findings.invalid(SHOWN[field] ?? field, shown(field, event), IMMUTABLE);
  return findings.list;
}

/** Under the names that the asked version has for them. */
export function eventSelectableFields(object: KubernetesObject, apiVersion?: string): Record<string, string> {
  const { involved, source, reportingController, reason, type } = view(object);
  const newer = apiVersion?.startsWith('events.k8s.io/') ?? isEventsGroup(object);
  const prefix = newer ? 'regarding' : 'involvedObject';
  const fields: Record<string, string> = newer ? { reason, type, reportingController }
    : { reason, type, reportingComponent: reportingController, source: source.component || reportingController };
  for (const name of ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const) fields[`${prefix}.${name}`] = involved[name] ?? '';
  return fields;
}
