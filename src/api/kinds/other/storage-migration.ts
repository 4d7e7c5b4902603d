import type { StorageVersionMigration } from '../../../../schema/v1.37/types/storagemigration-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import { type Findings, IMMUTABLE, Verbatim } from '../common/findings.ts';
import { dns1035Label, dnsSubdomain } from '../common/formats.ts';
import { simpleKind } from '../common/simple.ts';
import { checkConditions } from './policy.ts';

function check(findings: Findings, { spec }: StorageVersionMigration, old: StorageVersionMigration | undefined): void {
  const { group = '', resource = '' } = spec?.resource ?? {};
  if (resource === '') findings.required('spec.resource.resource', 'resource is required to be set');
  else if (dns1035Label(resource).length > 0) findings.invalid('spec.resource.resource', resource, dns1035Label(resource).join(','));
  if (group !== '' && dnsSubdomain(group).length > 0) findings.invalid('spec.resource.group', group, dnsSubdomain(group).join(','));
  const before = old?.spec?.resource;
  if (!old || ((before?.group ?? '') === group && (before?.resource ?? '') === resource)) return;
  findings.invalid('spec', new Verbatim(`{"Resource":${JSON.stringify({ group, resource })}}`), IMMUTABLE);
}

export function storageMigrationRules(): Record<string, KindRules> {
  return { StorageVersionMigration: simpleKind<StorageVersionMigration>({ namespaced: false, conditional: true, check, status: () => ({}), checkStatus: (findings, { status }) => checkConditions(findings, 'status.conditions', status?.conditions) }) };
}
