import type { Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { FieldError } from '../../api/status.ts';

type Spec = NonNullable<Service['spec']>;

export function isHeadless(spec: Spec): boolean {
  return spec.clusterIP === 'None' || spec.clusterIPs?.[0] === 'None';
}

function unusable(field: string, value: unknown, text: string): FieldError {
  return { type: 'FieldValueInvalid', field, detail: `Invalid value: ${JSON.stringify(value)}: ${text}` };
}

const sameList = (one: readonly string[] = [], other: readonly string[] = []): boolean => one.length === other.length && one.every((entry, index) => entry === other[index]);

/** `clusterIP` and the first of `clusterIPs` are one field in two places: whichever the client changed decides. In place. */
export function settleClusterIps(spec: Spec, old: Spec | undefined): void {
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const changed = (spec.clusterIP ?? '') !== (old.clusterIP ?? '');
  if (!changed && old.clusterIPs?.length && !spec.clusterIPs?.length) spec.clusterIPs = old.clusterIPs;
  if (!changed || !sameList(old.clusterIPs, spec.clusterIPs)) return;
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else delete spec.clusterIPs;
}

/** Fills in ipFamilyPolicy and ipFamilies for a cluster that has IPv4 only. In place; answers with what cannot be had. */
export function settleFamilies(spec: Spec): FieldError[] {
  const errors: FieldError[] = [];
  const selectorless = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= selectorless ? 'RequireDualStack' : 'SingleStack';
  if (spec.ipFamilyPolicy === 'SingleStack') {
    const ask = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
    if (spec.clusterIPs?.length === 2) errors.push(unusable('spec.ipFamilyPolicy', spec.ipFamilyPolicy, `${ask} cluster IPs are specified`));
    if (spec.ipFamilies?.length === 2) errors.push(unusable('spec.ipFamilyPolicy', spec.ipFamilyPolicy, `${ask} IP families are specified`));
  }
  spec.clusterIPs?.forEach((address, index) => {
    if (address.includes(':') && index >= (spec.ipFamilies?.length ?? 0)) errors.push(unusable(`spec.clusterIPs[${index}]`, spec.clusterIPs, 'IPv6 is not configured on this cluster'));
  });
  if (errors.length) return errors;
  if (!spec.ipFamilies?.length) spec.ipFamilies = ['IPv4'];
  if (selectorless) {
    if (spec.ipFamilies.length < 2 && spec.ipFamilyPolicy !== 'SingleStack') spec.ipFamilies = [...spec.ipFamilies, spec.ipFamilies[0] === 'IPv4' ? 'IPv6' : 'IPv4'];
    return errors;
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack') errors.push(unusable('spec.ipFamilyPolicy', spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'));
  spec.ipFamilies.forEach((family, index) => {
    if (family !== 'IPv4' && family !== 'IPv6') errors.push({ type: 'FieldValueNotSupported', field: `spec.ipFamilies[${index}]`, detail: `Unsupported value: ${JSON.stringify(family)}: supported values: "IPv4", "IPv6"` });
    else if (family !== 'IPv4') errors.push(unusable(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  });
  return errors;
}
