import type { KubernetesObject } from '../../api/object.ts';
import { semanticEqual } from '../../api/kinds/common/equality.ts';
import { Findings } from '../../api/kinds/common/findings.ts';
import type { FieldError } from '../../api/status.ts';
import type { DeviceClaim, DeviceClass, DeviceSelector, ResourceClaim, ResourceClaimTemplate } from '../../../schema/v1.37/types/resource-v1.ts';

export const DEVICE_GROUP = 'resource.k8s.io';
const LENGTH_LIMIT = 10 * 1024;
const SELECTORS_LIMIT = 32;

type Lists = [path: string, selectors: DeviceSelector[]][];

function ofClaim(path: string, devices: DeviceClaim | undefined): Lists {
  return (devices?.requests ?? []).flatMap(({ exactly, firstAvailable = [] }, index) => {
    const at = `${path}.requests[${index}]`;
    // Which of both holds is not known.
    if (exactly && firstAvailable.length > 0) return [];
    if (exactly) return [[`${at}.exactly.selectors`, exactly.selectors ?? []]];
    return firstAvailable.map(({ selectors }, position): Lists[number] => [`${at}.firstAvailable[${position}].selectors`, selectors ?? []]);
  });
}

const LISTS: Record<string, (object: KubernetesObject) => Lists> = {
  DeviceClass: (object) => [['spec.selectors', (object as unknown as DeviceClass).spec?.selectors ?? []]],
  ResourceClaim: (object) => ofClaim('spec.devices', (object as unknown as ResourceClaim).spec?.devices),
  ResourceClaimTemplate: (object) => ofClaim('spec.spec.devices', (object as unknown as ResourceClaimTemplate).spec?.spec?.devices),
};

/** Whether objects of the kind select devices with expressions. */
export const selectsDevices = (group: string, kind: string): boolean => group === DEVICE_GROUP && Object.hasOwn(LISTS, kind);

export function hasSelectors(kind: string, object: KubernetesObject): boolean {
  return LISTS[kind]?.(object).some(([, selectors]) => selectors.length > 0) === true;
}

/** What is wrong with an object's selectors. Those that it had before may stay. */
export function selectorErrors(kind: string, object: KubernetesObject, old: KubernetesObject | undefined, { selectorFault }: typeof import('./device-scope.ts')): FieldError[] {
  const findings = new Findings();
  // What a claim asks for does not change.
  if (old && kind === 'ResourceClaim') return [];
  const before = old ? LISTS[kind]?.(old) : undefined;
  for (const [path, selectors] of LISTS[kind]?.(object) ?? []) {
    if (selectors.length > SELECTORS_LIMIT || before?.some(([other, same]) => other === path && semanticEqual(same, selectors))) continue;
    selectors.forEach(({ cel }, index) => { if (cel) checkExpression(findings, `${path}[${index}].cel.expression`, cel.expression ?? '', selectorFault); });
  }
  return findings.list;
}

function checkExpression(findings: Findings, field: string, expression: string, faultOf: typeof import('./device-scope.ts').selectorFault): void {
  if (Buffer.byteLength(expression) > LENGTH_LIMIT) return findings.tooLong(field, LENGTH_LIMIT);
  const fault = faultOf(expression);
  if (fault?.kind === 'costly') findings.forbidden(field, fault.detail);
  else if (fault) findings.invalid(field, expression, fault.detail);
}
