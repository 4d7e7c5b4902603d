import type { LimitedPriorityLevelConfiguration, LimitResponse, PriorityLevelConfiguration, PriorityLevelConfigurationSpec, QueuingConfiguration } from '../../../../schema/v1.37/types/flowcontrol-v1.ts';
import { semanticEqual } from '../common/equality.ts';
import { type Findings, internalValue } from '../common/findings.ts';
import { MANDATORY_LEVELS } from './mandatory-flow.ts';

const QUEUES_LIMIT = 10_000_000;
const HASH_BITS = 60;
const NOT_NEGATIVE = 'must be a non-negative integer';
const KEEP_ZERO_SHARES = 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares';

/** A part that goes with one type only. */
function checkPart(findings: Findings, at: string, part: unknown, belongs: boolean, isNeeded: boolean): void {
  if (part != null && !belongs) findings.forbidden(at, '');
  if (part == null && belongs && isNeeded) findings.required(at);
}

function checkQueuing(findings: Findings, at: string, { queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration): void {
  if (queueLengthLimit <= 0) findings.invalid(`${at}.queueLengthLimit`, queueLengthLimit, 'must be positive');
  if (queues <= 0) findings.invalid(`${at}.queues`, queues, 'must be positive');
  else if (queues > QUEUES_LIMIT) findings.invalid(`${at}.queues`, queues, `must not be greater than ${QUEUES_LIMIT}`);
  if (handSize <= 0) findings.invalid(`${at}.handSize`, handSize, 'must be positive');
  else if (handSize > queues) findings.invalid(`${at}.handSize`, handSize, `should not be greater than queues (${queues})`);
  else if (Math.ceil(Math.log2(queues) * handSize) > HASH_BITS) {
    findings.invalid(`${at}.handSize`, handSize, `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS}`);
  }
}

/** Its form, which is told also of what may not be there. */
function checkResponseForm(findings: Findings, at: string, { type, queuing }: Partial<LimitResponse>): void {
  if (!type) findings.required(`${at}.type`);
  checkPart(findings, `${at}.queuing`, queuing, type === 'Queue', true);
}

function checkPercent(findings: Findings, at: string, percent: number | undefined): void {
  if (percent != null && (percent < 0 || percent > 100)) findings.invalid(at, percent, 'must be between 0 and 100, inclusive');
}

function checkLimited(findings: Findings, at: string, { nominalConcurrencyShares: shares, lendablePercent, borrowingLimitPercent, limitResponse }: LimitedPriorityLevelConfiguration): void {
  if (shares != null && shares < 0) findings.invalid(`${at}.nominalConcurrencyShares`, shares, NOT_NEGATIVE);
  checkPercent(findings, `${at}.lendablePercent`, lendablePercent);
  if (borrowingLimitPercent != null && borrowingLimitPercent < 0) findings.invalid(`${at}.borrowingLimitPercent`, borrowingLimitPercent, `if specified, ${NOT_NEGATIVE}`);
  const type = limitResponse?.type;
  if (type === 'Queue' && limitResponse?.queuing) checkQueuing(findings, `${at}.limitResponse.queuing`, limitResponse.queuing);
  else if (type) findings.oneOf(`${at}.limitResponse.type`, type, ['Queue', 'Reject']);
}

function checkSpec(findings: Findings, { type = '', limited, exempt }: Partial<PriorityLevelConfigurationSpec>): void {
  if (!type) findings.required('spec.type');
  else findings.oneOf('spec.type', type, ['Exempt', 'Limited']);
  checkPart(findings, 'spec.limited', limited, type === 'Limited', true);
  checkPart(findings, 'spec.exempt', exempt, type === 'Exempt', false);
  if (limited) checkResponseForm(findings, 'spec.limited.limitResponse', limited.limitResponse ?? {});
  if (limited && type === 'Limited') checkLimited(findings, 'spec.limited', limited);
  if (!exempt || type !== 'Exempt') return;
  if (exempt.nominalConcurrencyShares != null && exempt.nominalConcurrencyShares < 0) findings.invalid('spec.exempt.nominalConcurrencyShares', exempt.nominalConcurrencyShares, NOT_NEGATIVE);
  checkPercent(findings, 'spec.exempt.lendablePercent', exempt.lendablePercent);
}

/** Of the one, the shares of what is exempt may be changed. */
function checkMandatory(findings: Findings, name: string, spec: PriorityLevelConfigurationSpec | undefined): void {
  const fixed = MANDATORY_LEVELS[name];
  if (!fixed || semanticEqual(name === 'exempt' ? { ...spec, exempt: fixed.exempt } : spec, fixed)) return;
  findings.invalid('spec', internalValue('flowcontrol.PriorityLevelConfigurationSpec', spec), `spec of '${name}' ${name === 'exempt' ? "except the 'spec.exempt' field " : ''}must equal the fixed value`);
}

export function checkPriorityLevel(findings: Findings, { metadata, spec }: PriorityLevelConfiguration): void {
  const type = spec?.type ?? '';
  if (metadata?.annotations?.[KEEP_ZERO_SHARES] !== undefined) findings.forbidden('metadata.annotations', `annotation '${KEEP_ZERO_SHARES}' is forbidden`);
  if ((metadata?.name === 'exempt') !== (type === 'Exempt')) findings.invalid('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'");
  checkSpec(findings, spec ?? {});
  checkMandatory(findings, metadata?.name ?? '', spec);
}

export function defaultPriorityLevel({ spec }: PriorityLevelConfiguration): void {
  if (spec?.exempt) {
    spec.exempt.nominalConcurrencyShares ??= 0;
    spec.exempt.lendablePercent ??= 0;
  }
  if (!spec?.limited) return;
  spec.limited.nominalConcurrencyShares ??= 30;
  spec.limited.lendablePercent ??= 0;
  const queuing = spec.limited.limitResponse?.queuing;
  if (!queuing) return;
  queuing.handSize ||= 8;
  queuing.queues ||= 64;
  queuing.queueLengthLimit ||= 50;
}
