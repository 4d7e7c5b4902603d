import type { KindRules } from '../kind-rules.ts';
import { rules as apps } from './apps/rules.ts';
import { rules as batch } from './batch/rules.ts';
import { eventRules, rules as core } from './core/rules.ts';
import { discoveryRules, networkingRules } from './networking/rules.ts';
import { admissionRules } from './other/admission.ts';
import { autoscalingRules } from './other/autoscaling.ts';
import { certificateRules } from './other/certificates.ts';
import { extensionRules, registrationRules } from './other/extensions.ts';
import { flowcontrolRules } from './other/flowcontrol.ts';
import { coordinationRules, nodeRules, policyRules, schedulingRules } from './other/policy.ts';
import { rbacRules } from './other/rbac.ts';
import { resourceRules } from './resource/rules.ts';
import { authenticationRules, authorizationRules } from './other/reviews.ts';
import { storageMigrationRules } from './other/storage-migration.ts';
import { storageRules } from './other/storage.ts';

/** Looked up by group, then kind; a group's rules are made when first asked for. */
const GROUPS: Record<string, () => Record<string, KindRules>> = {
  '': core, apps, batch, policy: policyRules, autoscaling: autoscalingRules,
  'networking.k8s.io': networkingRules, 'discovery.k8s.io': discoveryRules, 'events.k8s.io': () => ({ Event: eventRules }),
  'rbac.authorization.k8s.io': rbacRules, 'storage.k8s.io': storageRules, 'storagemigration.k8s.io': storageMigrationRules, 'scheduling.k8s.io': schedulingRules, 'coordination.k8s.io': coordinationRules,
  'node.k8s.io': nodeRules, 'admissionregistration.k8s.io': admissionRules, 'apiextensions.k8s.io': extensionRules, 'apiregistration.k8s.io': registrationRules,
  'certificates.k8s.io': certificateRules, 'flowcontrol.apiserver.k8s.io': flowcontrolRules, 'resource.k8s.io': resourceRules,
  'authentication.k8s.io': authenticationRules, 'authorization.k8s.io': authorizationRules,
};
const made = new Map<string, Record<string, KindRules>>();

/** What `kind` adds to the generic verbs; undefined for kinds without rules of their own (and custom resources). */
export function kindRules(group: string, kind: string): KindRules | undefined {
  let rules = made.get(group);
  if (!rules) {
    const make = Object.hasOwn(GROUPS, group) ? GROUPS[group] : undefined;
    if (!make) return undefined;
    made.set(group, (rules = make()));
  }
  return Object.hasOwn(rules, kind) ? rules[kind] : undefined;
}
