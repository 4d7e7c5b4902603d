/** Access to devices that others use is for namespaces that an administrator has marked. */
import type { DeviceClaim, ResourceClaimStatus } from '../../../../schema/v1.37/types/resource-v1.ts';
import type { RuleContext } from '../../kind-rules.ts';
import type { Findings } from '../common/findings.ts';

const LABEL = 'resource.kubernetes.io/admin-access';

function checkNamespace(findings: Findings, at: string, { namespaceLabels }: RuleContext): void {
  if (namespaceLabels && namespaceLabels()?.[LABEL] !== 'true') findings.forbidden(`${at}.adminAccess`, `admin access to devices requires the \`${LABEL}: true\` label on the containing namespace`);
}

export function checkAdminAccess(findings: Findings, devices: DeviceClaim | undefined, context: RuleContext): void {
  const index = devices?.requests?.findIndex(({ exactly }) => exactly?.adminAccess === true) ?? -1;
  // Also templates name the place in a claim.
  if (index >= 0) checkNamespace(findings, `spec.devices.requests[${index}]`, context);
}

export function checkAllocatedAdminAccess(findings: Findings, status: ResourceClaimStatus | undefined, before: ResourceClaimStatus | undefined, context: RuleContext): void {
  const placeOf = (of: ResourceClaimStatus | undefined): number => of?.allocation?.devices?.results?.findIndex(({ adminAccess }) => adminAccess === true) ?? -1;
  if (placeOf(before) < 0 && placeOf(status) >= 0) checkNamespace(findings, `status.allocation.devices.results[${placeOf(status)}]`, context);
}
