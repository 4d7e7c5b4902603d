import type { ContainerResizePolicy, PodSpec, ResourceClaim, ResourceRequirements } from './types.ts';
import type { Findings } from '../common/findings.ts';
import { dnsLabel } from '../common/formats.ts';
import { compareQuantities, nanoValue } from '../common/quantities.ts';
import { isHugePages, isOvercommitAllowed, validateContainerResourceName, validateResourceName, validateResourceValue } from '../common/resource-names.ts';
import { aggregate, isPodLevelResource } from './pod-level-resources.ts';

type ClaimNames = ReadonlySet<string>;

function validateHugePages(findings: Findings, path: string, name: string, value: string | number): void {
  const pageSize = nanoValue(name.slice('hugepages-'.length));
  if (pageSize <= 0n || nanoValue(value) % pageSize !== 0n) findings.invalid(path, String(value), `${value} is not positive integer multiple of ${name}`);
}

function validateList(findings: Findings, path: string, list: Record<string, string | number> | undefined, podLevel: boolean): void {
  for (const name in list) {
    const at = `${path}[${name}]`;
    const value = list[name] as string;
    if (podLevel) {
      if (validateResourceName(findings, at, name) && !isPodLevelResource(name)) findings.notSupported(at, name, ['cpu', 'hugepages-', 'memory']);
    } else validateContainerResourceName(findings, at, name);
    validateResourceValue(findings, at, name, value);
    if (isHugePages(name)) validateHugePages(findings, at, name, value);
  }
}

function validateRequests(findings: Findings, path: string, { requests, limits }: ResourceRequirements): void {
  for (const name in requests) {
    const request = requests[name] as string;
    const limit = limits?.[name];
    if (limit == null) {
      if (!isOvercommitAllowed(name)) findings.required(`${path}.limits`, 'Limit must be set for non overcommitable resources');
    } else if (request !== limit) {
      const order = compareQuantities(request, limit);
      if (order !== 0 && !isOvercommitAllowed(name)) findings.invalid(`${path}.requests`, String(request), `must be equal to ${name} limit of ${limit}`);
      else if (order > 0) findings.invalid(`${path}.requests`, String(request), `must be less than or equal to ${name} limit of ${limit}`);
    }
  }
}

function validateClaims(findings: Findings, path: string, claims: ResourceClaim[] | undefined, podClaims: ClaimNames): void {
  const seen = new Set<string>();
  claims?.forEach(({ name, request }, index) => {
    const at = `${path}[${index}]`;
    if (!name) return findings.required(at);
    if (seen.has(name)) findings.duplicate(at, name);
    else {
      if (request) findings.invalidEach(`${at}.request`, request, dnsLabel(request));
      const key = request ? `${name}/${request}` : name;
      if (seen.has(key)) findings.duplicate(at, key);
      else if (!request && [...seen].some((other) => other.startsWith(`${name}/`))) findings.duplicate(at, name);
      seen.add(key);
    }
    if (!podClaims.has(name)) {
      findings.notFound(at, name, `must be one of the names in pod.spec.resourceClaims${podClaims.size === 0 ? ' which is empty' : `: ${[...podClaims].sort().join(', ')}`}`);
    }
  });
}

export function validateRequirements(findings: Findings, path: string, resources: ResourceRequirements | undefined, podClaims: ClaimNames, podLevel = false): void {
  if (!resources) return;
  validateList(findings, `${path}.limits`, resources.limits, podLevel);
  validateList(findings, `${path}.requests`, resources.requests, podLevel);
  validateRequests(findings, path, resources);
  let hugePages = false;
  let compute = false;
  for (const list of [resources.limits, resources.requests]) {
    for (const name in list) {
      if (name === 'cpu' || name === 'memory') compute = true;
      else if (isHugePages(name)) hugePages = true;
    }
  }
  if (hugePages && !compute) findings.forbidden(path, 'HugePages require cpu or memory');
  validateClaims(findings, `${path}.claims`, resources.claims, podClaims);
}

/** Resources stated for the whole pod, against those of its containers. */
export function validatePodLevelResources(findings: Findings, path: string, spec: PodSpec, podClaims: ClaimNames): void {
  const resources = spec.resources;
  if (!resources) return;
  const at = `${path}.resources`;
  if (spec.os?.name === 'windows') return findings.forbidden(at, 'may not be set for a windows pod');
  if (resources.claims) findings.forbidden(`${at}.claims`, 'claims may not be set for Resources at pod-level');
  validateRequirements(findings, at, resources, podClaims, true);
  const needed = aggregate(spec, 'requests');
  for (const name in needed) {
    const stated = resources.requests?.[name];
    if (stated != null && compareQuantities(needed[name] as string, stated) > 0) {
      findings.invalid(`${at}.requests[${name}]`, String(stated), `must be greater than or equal to aggregate container requests of ${needed[name]}`);
    }
  }
  const limited = aggregate(spec, 'limits');
  for (const name in limited) {
    const stated = resources.limits?.[name];
    if (isHugePages(name) && stated != null && compareQuantities(limited[name] as string, stated) > 0) {
      findings.invalid(`${at}.limits[${name}]`, String(stated), `must be greater than or equal to aggregate container limits of ${limited[name]}`);
    }
  }
  (spec.containers ?? []).forEach((container, index) => {
    for (const name in container.resources?.limits) {
      const own = container.resources.limits[name] as string;
      const stated = resources.limits?.[name];
      if (stated != null && compareQuantities(own, stated) > 0) {
        findings.invalid(`${at}.containers[${index}][${name}].limits`, String(own), `must be less than or equal to pod limits of ${stated}`);
      }
    }
  });
}

export function validateResizePolicy(findings: Findings, path: string, policies: ContainerResizePolicy[] | undefined, podRestartPolicy: string | undefined): void {
  const seen = new Set<string>();
  policies?.forEach(({ resourceName, restartPolicy }, index) => {
    if (seen.has(resourceName)) findings.duplicate(`${path}[${index}]`, resourceName);
    seen.add(resourceName);
    findings.requiredOneOf(path, resourceName, ['cpu', 'memory']);
    findings.requiredOneOf(path, restartPolicy, ['NotRequired', 'RestartContainer']);
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') findings.invalid(path, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'");
  });
}
