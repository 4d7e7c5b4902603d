import type { Service } from '../../../../schema/v1.37/types/core-v1.ts';
import type { AdmissionPlugin } from '../../contracts.ts';
import { concerns, forbid } from '../attributes.ts';

export function alwaysAdmit(): AdmissionPlugin {
  return { name: 'AlwaysAdmit', handles: () => false };
}

export function alwaysDeny(): AdmissionPlugin {
  const deny: AdmissionPlugin['validate'] = (attributes) => { throw forbid(attributes, 'admission control is denying all modifications'); };
  return { name: 'AlwaysDeny', handles: () => true, admit: deny, validate: deny };
}

/** Whoever may write Services could draw any address' traffic to his pods. Addresses that stand there may stay. */
export function denyServiceExternalIPs(): AdmissionPlugin {
  const addresses = (object: unknown): string[] => (object as Service | undefined)?.spec?.externalIPs ?? [];
  return {
    name: 'DenyServiceExternalIPs',
    handles: (attributes) => concerns(attributes, 'services', 'CREATE', 'UPDATE'),
    validate(attributes) {
      const before = addresses(attributes.oldObject);
      if (!addresses(attributes.object).every((ip) => before.includes(ip))) throw forbid(attributes, 'Use of external IPs is denied by admission control');
    },
  };
}
