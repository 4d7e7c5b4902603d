import type { TokenRequest, TokenReview } from '../../../../schema/v1.37/types/authentication-v1.ts';
import type { LocalSubjectAccessReview, SelfSubjectAccessReview, SubjectAccessReview } from '../../../../schema/v1.37/types/authorization-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import type { FieldError } from '../../status.ts';
import { Findings } from '../common/findings.ts';
import { rulesOf } from '../common/rules.ts';

/** Reviews are asked and answered, never stored: nothing but their spec is checked. */
function checkAttributes(spec: { resourceAttributes?: object; nonResourceAttributes?: object } | undefined, findings: Findings): void {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec ?? {};
  if (resource && path) findings.invalid('spec.nonResourceAttributes', path, 'cannot be specified in combination with resourceAttributes');
  if (!resource && !path) findings.invalid('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified');
}

function checkSubject(review: SubjectAccessReview | LocalSubjectAccessReview): FieldError[] {
  const findings = new Findings();
  checkAttributes(review.spec, findings);
  if (!review.spec?.user && !review.spec?.groups?.length) findings.invalid('spec.user', review.spec?.user ?? '', 'at least one of user or group must be specified');
  return findings.list;
}

export function authorizationRules(): Record<string, KindRules> {
  return {
    SubjectAccessReview: rulesOf<SubjectAccessReview>({ noGeneration: true, validate: checkSubject }),
    LocalSubjectAccessReview: rulesOf<LocalSubjectAccessReview>({
      noGeneration: true,
      validate(review) {
        const findings = new Findings();
        const at = 'spec.resourceAttributes';
        const namespace = review.spec?.resourceAttributes?.namespace ?? '';
        if (namespace !== (review.metadata?.namespace ?? '')) findings.invalid(`${at}.namespace`, namespace, 'must match metadata.namespace');
        if (review.spec?.nonResourceAttributes) findings.invalid('spec.nonResourceAttributes', review.spec.nonResourceAttributes, 'disallowed on this kind of request');
        return [...checkSubject(review), ...findings.list];
      },
    }),
    SelfSubjectAccessReview: rulesOf<SelfSubjectAccessReview>({
      noGeneration: true,
      validate(review) {
        const findings = new Findings();
        checkAttributes(review.spec, findings);
        return findings.list;
      },
    }),
    SelfSubjectRulesReview: { noGeneration: true },
  };
}

export function authenticationRules(): Record<string, KindRules> {
  return {
    TokenReview: rulesOf<TokenReview>({ noGeneration: true }),
    SelfSubjectReview: { noGeneration: true },
    TokenRequest: rulesOf<TokenRequest>({
      noGeneration: true,
      default({ spec }) { if (spec) spec.expirationSeconds ??= 3600; },
      validate({ spec }) {
        const findings = new Findings();
        const seconds = spec?.expirationSeconds ?? 0;
        if (seconds < 600) findings.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes');
        if (seconds > 2 ** 32) findings.invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds');
        return findings.list;
      },
    }),
  };
}
