import type { Findings } from './findings.ts';
import { qualifiedName } from './formats.ts';
import { isNegative, isWhole } from './quantities.ts';
import { NOT_NEGATIVE } from './findings.ts';

const QUOTA_BASE = [
  'cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage', 'requests.storage', 'limits.cpu',
  'limits.memory', 'limits.ephemeral-storage', 'pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets',
  'persistentvolumeclaims', 'configmaps', 'services.nodeports', 'services.loadbalancers',
];
const QUOTA = new Set(QUOTA_BASE);
const STANDARD = new Set([...QUOTA_BASE, 'storage']);
const COUNTS = new Set(['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps', 'persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers']);
const CONTAINER = new Set(['cpu', 'memory', 'ephemeral-storage']);

export function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

function isQuotaHugePages(name: string): boolean {
  return isHugePages(name) || name.startsWith('requests.hugepages-');
}

/** A resource of Kubernetes' own, not of a vendor. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

export function isExtendedResource(name: string): boolean {
  return !isNativeResource(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0;
}

export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

export function isQuotaResource(name: string): boolean {
  return QUOTA.has(name) || isQuotaHugePages(name);
}

/** False when the name was found wrong. */
export function validateResourceName(findings: Findings, path: string, name: string): boolean {
  const messages = qualifiedName(name);
  findings.invalidEach(path, name, messages);
  if (messages.length > 0) return false;
  if (!name.includes('/') && !STANDARD.has(name) && !isQuotaHugePages(name)) {
    findings.invalid(path, name, 'must be a standard resource type or fully qualified');
    return false;
  }
  return true;
}

export function validateContainerResourceName(findings: Findings, path: string, name: string): void {
  if (CONTAINER.has(name)) return;
  validateResourceName(findings, path, name);
  if (!name.includes('/')) {
    if (!isHugePages(name)) findings.invalid(path, name, 'must be a standard resource for containers');
  } else if (!isNativeResource(name) && !isExtendedResource(name)) findings.invalid(path, name, "doesn't follow extended resource name standard");
}

export function validateQuotaResourceName(findings: Findings, path: string, name: string): void {
  validateResourceName(findings, path, name);
  if (!name.includes('/') && !isQuotaResource(name)) findings.invalid(path, name, 'must be a standard resource for quota');
}

export function validateResourceValue(findings: Findings, path: string, name: string, value: string | number): void {
  if (isNegative(value)) findings.invalid(path, String(value), NOT_NEGATIVE);
  if ((COUNTS.has(name) || isExtendedResource(name)) && !isWhole(value)) findings.invalid(path, String(value), 'must be an integer');
}
