import type { ControllerRevision, DaemonSet, DaemonSetSpec, Deployment, DeploymentSpec, ReplicaSet, ReplicaSetSpec, StatefulSet, StatefulSetSpec } from '../../../../schema/v1.37/types/apps-v1.ts';
import type { ReplicationController, PodTemplateSpec, Volume } from '../../../../schema/v1.37/types/core-v1.ts';
import type { RuleContext } from '../../kind-rules.ts';
import { matchesLabelSelector } from '../../label-selector.ts';
import type { FieldError } from '../../status.ts';
import { asGiven } from '../../codec/given-empty.ts';
import { semanticEqual } from '../common/equality.ts';
import { Findings, internalValue, selectorValue } from '../common/findings.ts';
import { dnsLabel, dnsSubdomain, labelName, subdomainName } from '../common/formats.ts';
import { validateImmutable, validateImmutableField } from '../common/immutable.ts';
import { validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';
import * as workloads from '../common/workloads.ts';
import { podCheck } from '../pod/context.ts';
import { validatePodTemplate } from '../pod/validate.ts';
import { validateClaimSpec } from '../volume/claim.ts';

/** On update naru's own port rule only looks at what the update changes, so that what stands can still be scaled. */
function templateCheck(context: RuleContext, template: PodTemplateSpec, old: PodTemplateSpec | undefined): ReturnType<typeof podCheck> {
  const check = podCheck(context, false, old?.spec);
  return old && semanticEqual(template.spec, old.spec) ? { ...check, allowDuplicatePorts: true } : check;
}

function validateReplicaTemplate(findings: Findings, spec: DeploymentSpec | ReplicaSetSpec, kind: string, context: RuleContext, old: PodTemplateSpec | undefined): void {
  const template = spec.template as PodTemplateSpec;
  if (!spec.selector || !workloads.isEmpty(spec.selector)) workloads.validateSelectorMatches(findings, 'spec.template', spec.selector, template);
  validatePodTemplate(findings, 'spec.template', template, templateCheck(context, template, old));
  workloads.validateEndlessTemplate(findings, 'spec.template', template, kind);
}

function validateStrategy(findings: Findings, { strategy }: DeploymentSpec): void {
  const at = 'spec.strategy';
  const rolling = strategy?.rollingUpdate;
  if (strategy?.type === 'Recreate') {
    if (rolling) findings.forbidden(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'");
  } else if (strategy?.type === 'RollingUpdate') {
    if (!rolling) return findings.required(`${at}.rollingUpdate`, 'this should be defaulted and never be nil');
    const { maxUnavailable = 0, maxSurge = 0 } = rolling;
    workloads.validateIntOrPercent(findings, `${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
    workloads.validateIntOrPercent(findings, `${at}.rollingUpdate.maxSurge`, maxSurge);
    if (workloads.intOrPercent(maxUnavailable) === 0 && workloads.intOrPercent(maxSurge) === 0) {
      findings.invalid(`${at}.rollingUpdate.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0');
    }
    workloads.validateAtMostAll(findings, `${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
  } else findings.notSupported(at, internalValue('apps.DeploymentStrategy', strategy), ['Recreate', 'RollingUpdate']);
}

function validateDeploymentSpec(findings: Findings, spec: DeploymentSpec, context: RuleContext, old?: DeploymentSpec): void {
  findings.notNegative('spec.replicas', spec.replicas);
  if (workloads.validateWorkloadSelector(findings, 'spec.selector', spec.selector, 'deployment')) validateReplicaTemplate(findings, spec, 'ReplicaSet', context, old?.template);
  validateStrategy(findings, spec);
  findings.notNegative('spec.minReadySeconds', spec.minReadySeconds);
  findings.notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline == null) return;
  findings.notNegative('spec.progressDeadlineSeconds', deadline);
  if (deadline <= (spec.minReadySeconds ?? 0)) findings.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds');
}

export function validateDeployment(deployment: Deployment, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, deployment, true, subdomainName);
  validateDeploymentSpec(findings, deployment.spec as DeploymentSpec, context);
  return findings.list;
}

export function validateDeploymentUpdate(deployment: Deployment, old: Deployment, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, deployment, old);
  validateDeploymentSpec(findings, deployment.spec as DeploymentSpec, context, old.spec);
  validateImmutableField(findings, 'spec', 'apps.DeploymentSpec', 'selector', deployment.spec as DeploymentSpec, old.spec as DeploymentSpec);
  return findings.list;
}

const LIMITED = ['updatedReplicas', 'readyReplicas', 'availableReplicas'];

export function validateDeploymentStatus(deployment: Deployment, old: Deployment): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, deployment, old);
  const status = deployment.status ?? {};
  workloads.validateCounts(findings, status, ['observedGeneration', 'replicas', ...LIMITED, 'unavailableReplicas', 'terminatingReplicas', 'collisionCount'], LIMITED);
  workloads.validateCollisionCount(findings, status.collisionCount, old.status?.collisionCount);
  return findings.list;
}

function validateReplicaSetSpec(findings: Findings, spec: ReplicaSetSpec, context: RuleContext, old?: ReplicaSetSpec): void {
  findings.notNegative('spec.replicas', spec.replicas);
  findings.notNegative('spec.minReadySeconds', spec.minReadySeconds);
  // Kubernetes says `deployment` here too.
  if (workloads.validateWorkloadSelector(findings, 'spec.selector', spec.selector, 'deployment')) validateReplicaTemplate(findings, spec, 'ReplicaSet', context, old?.template);
}

export function validateReplicaSet(replicaSet: ReplicaSet, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, replicaSet, true, subdomainName);
  validateReplicaSetSpec(findings, replicaSet.spec as ReplicaSetSpec, context);
  return findings.list;
}

export function validateReplicaSetUpdate(replicaSet: ReplicaSet, old: ReplicaSet, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, replicaSet, old);
  validateReplicaSetSpec(findings, replicaSet.spec as ReplicaSetSpec, context, old.spec);
  validateImmutableField(findings, 'spec', 'apps.ReplicaSetSpec', 'selector', replicaSet.spec as ReplicaSetSpec, old.spec as ReplicaSetSpec);
  return findings.list;
}

const REPLICA_LIMITED = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];

export function validateReplicaStatus(object: ReplicaSet | ReplicationController, old: ReplicaSet | ReplicationController): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, object, old);
  workloads.validateCounts(findings, object.status ?? {}, ['replicas', ...REPLICA_LIMITED, 'observedGeneration', 'terminatingReplicas'], REPLICA_LIMITED);
  return findings.list;
}

function validateDaemonSetStrategy(findings: Findings, { updateStrategy }: DaemonSetSpec): void {
  const at = 'spec.updateStrategy';
  if (updateStrategy?.type === 'OnDelete') return;
  if (updateStrategy?.type !== 'RollingUpdate') return findings.notSupported(at, internalValue('apps.DaemonSetUpdateStrategy', updateStrategy), ['RollingUpdate', 'OnDelete']);
  if (!updateStrategy.rollingUpdate) return findings.required(`${at}.rollingUpdate`);
  const { maxUnavailable = 0, maxSurge = 0 } = updateStrategy.rollingUpdate;
  const fields = [[`${at}.rollingUpdate.maxUnavailable`, maxUnavailable], [`${at}.rollingUpdate.maxSurge`, maxSurge]] as const;
  for (const [path, value] of fields) workloads.validateIntOrPercent(findings, path, value);
  for (const [path, value] of fields) workloads.validateAtMostAll(findings, path, value);
  const unavailable = workloads.intOrPercent(maxUnavailable) !== 0;
  const surge = workloads.intOrPercent(maxSurge) !== 0;
  if (unavailable && surge) findings.invalid(`${at}.rollingUpdate.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero');
  if (!unavailable && !surge) findings.required(`${at}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0');
}

function validateDaemonSetSpec(findings: Findings, spec: DaemonSetSpec, context: RuleContext, old?: DaemonSetSpec): void {
  const template = spec.template as PodTemplateSpec;
  workloads.validateSelector(findings, 'spec.selector', spec.selector);
  workloads.validateSelectorMatches(findings, 'spec.template', spec.selector, template);
  if (spec.selector && workloads.isEmpty(spec.selector)) findings.invalid('spec.selector', selectorValue(spec.selector), 'empty selector is invalid for daemonset');
  validatePodTemplate(findings, 'spec.template', template, templateCheck(context, template, old?.template));
  workloads.validateEndlessTemplate(findings, 'spec.template', template, 'DaemonSet');
  findings.notNegative('spec.minReadySeconds', spec.minReadySeconds);
  validateDaemonSetStrategy(findings, spec);
  findings.notNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit);
}

export function validateDaemonSet(daemonSet: DaemonSet, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, daemonSet, true, subdomainName);
  validateDaemonSetSpec(findings, daemonSet.spec as DaemonSetSpec, context);
  return findings.list;
}

export function validateDaemonSetUpdate(daemonSet: DaemonSet, old: DaemonSet, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, daemonSet, old);
  validateImmutableField(findings, 'spec', 'apps.DaemonSetSpec', 'selector', daemonSet.spec as DaemonSetSpec, old.spec as DaemonSetSpec);
  validateDaemonSetSpec(findings, daemonSet.spec as DaemonSetSpec, context, old.spec);
  return findings.list;
}

const DAEMON_COUNTS = ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady', 'observedGeneration', 'updatedNumberScheduled', 'numberAvailable', 'numberUnavailable', 'collisionCount'];

export function validateDaemonSetStatus(daemonSet: DaemonSet, old: DaemonSet): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, daemonSet, old);
  workloads.validateCounts(findings, daemonSet.status ?? {}, DAEMON_COUNTS, []);
  workloads.validateCollisionCount(findings, daemonSet.status?.collisionCount, old.status?.collisionCount);
  return findings.list;
}

function validateStatefulSetStrategy(findings: Findings, { updateStrategy }: StatefulSetSpec): void {
  const at = 'spec.updateStrategy';
  const { type, rollingUpdate } = updateStrategy ?? {};
  if (!type) return findings.required(at);
  if (type === 'OnDelete') {
    if (rollingUpdate) findings.invalid(`${at}.rollingUpdate`, internalValue('apps.RollingUpdateStatefulSetStrategy', rollingUpdate), "only allowed for updateStrategy 'RollingUpdate'");
  } else if (type !== 'RollingUpdate') findings.invalid(at, internalValue('apps.StatefulSetUpdateStrategy', updateStrategy), "must be 'RollingUpdate' or 'OnDelete'");
  else if (rollingUpdate) {
    findings.notNegative(`${at}.rollingUpdate.partition`, rollingUpdate.partition);
    const most = rollingUpdate.maxUnavailable;
    if (most == null) return;
    workloads.validateIntOrPercent(findings, `${at}.rollingUpdate.maxUnavailable`, most);
    if (workloads.intOrPercent(most) === 0) findings.invalid(`${at}.rollingUpdate.maxUnavailable`, most, 'cannot be 0');
    workloads.validateAtMostAll(findings, `${at}.rollingUpdate.maxUnavailable`, most);
  }
}

/** The template as its pods will be: with the volumes of the claims, without the names the controller gives. */
function effectiveTemplate(spec: StatefulSetSpec): PodTemplateSpec {
  const template = spec.template as PodTemplateSpec;
  const claims = spec.volumeClaimTemplates ?? [];
  if (!template.spec) return template;
  const { subdomain: _subdomain, hostname: _hostname, ...podSpec } = template.spec;
  if (claims.length === 0) return { ...template, spec: podSpec };
  const names = new Set(claims.map(({ metadata }) => metadata?.name ?? ''));
  const volumes: Volume[] = [...[...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } })), ...(podSpec.volumes ?? []).filter(({ name }) => !names.has(name))];
  return { ...template, spec: { ...podSpec, volumes } };
}

function validateStatefulSetSpec(findings: Findings, spec: StatefulSetSpec, context: RuleContext, old?: StatefulSetSpec): void {
  const policy = spec.podManagementPolicy;
  if (!policy) findings.required('spec.podManagementPolicy');
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') findings.invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'");
  validateStatefulSetStrategy(findings, spec);
  for (const field of ['whenDeleted', 'whenScaled'] as const) {
    findings.oneOf(`spec.persistentVolumeClaimRetentionPolicy.${field}`, spec.persistentVolumeClaimRetentionPolicy?.[field], ['Retain', 'Delete']);
  }
  if (!old) spec.volumeClaimTemplates?.forEach((claim, index) => validateClaimSpec(findings, `spec.volumeClaimTemplates[${index}].spec`, claim.spec ?? {}));
  findings.notNegative('spec.replicas', spec.replicas);
  findings.notNegative('spec.minReadySeconds', spec.minReadySeconds);
  findings.notNegative('spec.ordinals.start', spec.ordinals?.start);
  if (spec.serviceName && !old) findings.invalidEach('spec.serviceName', spec.serviceName, dnsLabel(spec.serviceName));
  if (workloads.validateWorkloadSelector(findings, 'spec.selector', spec.selector, 'statefulset', '')) {
    const template = effectiveTemplate(spec);
    if (!spec.selector || !workloads.isEmpty(spec.selector)) workloads.validateSelectorMatches(findings, 'spec.template', spec.selector, template);
    validatePodTemplate(findings, 'spec.template', template, templateCheck(context, spec.template as PodTemplateSpec, old?.template));
  }
  workloads.validateEndlessTemplate(findings, 'spec.template', spec.template as PodTemplateSpec, 'StatefulSet');
}

export function validateStatefulSet(statefulSet: StatefulSet, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, statefulSet, true, labelName);
  validateStatefulSetSpec(findings, statefulSet.spec as StatefulSetSpec, context);
  return findings.list;
}

export function validateStatefulSetUpdate(statefulSet: StatefulSet, old: StatefulSet, context: RuleContext): FieldError[] {
  const findings = new Findings();
  const spec = statefulSet.spec as StatefulSetSpec;
  const before = old.spec as StatefulSetSpec;
  validateMetadataUpdate(findings, statefulSet, old);
  validateStatefulSetSpec(findings, spec, context, before);
  for (const field of ['selector', 'volumeClaimTemplates', 'serviceName', 'podManagementPolicy'] as const) validateImmutableField(findings, 'spec', 'apps.StatefulSetSpec', field, spec, before, asGiven(statefulSet).spec);
  return findings.list;
}

const STATEFUL_COUNTS = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];

export function validateStatefulSetStatus(statefulSet: StatefulSet, old: StatefulSet): FieldError[] {
  const findings = new Findings();
  workloads.validateCounts(findings, statefulSet.status ?? {}, [...STATEFUL_COUNTS, 'observedGeneration', 'collisionCount'], STATEFUL_COUNTS.slice(1), 'status.readyReplicas');
  validateMetadataUpdate(findings, statefulSet, old);
  workloads.validateCollisionCount(findings, statefulSet.status?.collisionCount, old.status?.collisionCount);
  return findings.list;
}

export function validateReplicationController(controller: ReplicationController, old: ReplicationController | undefined, context: RuleContext): FieldError[] {
  const findings = new Findings();
  if (old) validateMetadataUpdate(findings, controller, old);
  // Only whole names are looked at.
  else validateMetadata(findings, controller, true, (name, prefix) => (prefix ? [] : dnsSubdomain(name, 'bytes')));
  const spec = controller.spec ?? {};
  findings.notNegative('spec.minReadySeconds', spec.minReadySeconds);
  if (Object.keys(spec.selector ?? {}).length === 0) findings.required('spec.selector');
  findings.notNegative('spec.replicas', spec.replicas);
  if (!spec.template) {
    findings.required('spec.template');
    return findings.list;
  }
  const labels = spec.template.metadata?.labels;
  if (!matchesLabelSelector({ matchLabels: spec.selector ?? {} }, labels)) findings.invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`');
  const check = templateCheck(context, spec.template, old?.spec?.template);
  validatePodTemplate(findings, 'spec.template', spec.template, { ...check, given: asGiven(controller).spec?.template?.spec ?? undefined });
  workloads.validateEndlessTemplate(findings, 'spec.template', spec.template, 'ReplicationController');
  return findings.list;
}

export function validateControllerRevision(revision: ControllerRevision, old?: ControllerRevision): FieldError[] {
  const findings = new Findings();
  if (old) validateMetadataUpdate(findings, revision, old);
  validateMetadata(findings, revision, true, subdomainName);
  findings.notNegative('revision', revision.revision);
  if (old) validateImmutable(findings, 'data', revision.data, old.data);
  else if (revision.data == null) findings.required('data', 'data is mandatory');
  else if (typeof revision.data !== 'object' || Array.isArray(revision.data)) findings.required('data', 'data must be a valid JSON object');
  return findings.list;
}
