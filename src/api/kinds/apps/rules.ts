import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../../../schema/v1.37/types/apps-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import { semanticEqual } from '../common/equality.ts';
import { asObject, rulesOf } from '../common/rules.ts';
import { firstGeneration, nextGeneration, statusOnly } from '../common/strategy.ts';
import { claimSpecWarnings } from '../core/volume-warnings.ts';
import { dropDisabledTemplateFeatures } from '../pod/disabled-features.ts';
import { podTemplateWarnings, workloadWarnings } from '../pod/warnings.ts';
import * as defaults from './defaults.ts';
import * as validate from './validate.ts';

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function prepareDaemonSet(daemonSet: DaemonSet, old: DaemonSet | undefined): void {
  const annotations = ((daemonSet.metadata ??= {}).annotations ??= {});
  const before = Number(old?.metadata?.annotations?.[TEMPLATE_GENERATION] ?? (old ? 0 : annotations[TEMPLATE_GENERATION])) || 0;
  const changed = old && !semanticEqual(daemonSet.spec?.template, old.spec?.template);
  annotations[TEMPLATE_GENERATION] = String(old ? before + (changed ? 1 : 0) : Math.max(before, 1));
}

function statefulSetWarnings(statefulSet: StatefulSet, old: StatefulSet | undefined): string[] {
  const { spec } = statefulSet;
  const at = (index: number): string => `spec.volumeClaimTemplates[${index}]${old ? '.Spec' : ''}`;
  return [
    ...workloadWarnings('spec.template', statefulSet, old, spec?.template),
    ...(spec?.volumeClaimTemplates ?? []).flatMap((claim, index) => claimSpecWarnings(at(index), claim.spec)),
    ...((spec?.revisionHistoryLimit ?? 0) < 0 ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'] : []),
  ];
}

/** Rules of the group apps, by kind. */
export function rules(): Record<string, KindRules> {
  return {
    Deployment: rulesOf<Deployment>({
      default: defaults.defaultDeployment,
      prepareForCreate(deployment) {
        dropDisabledTemplateFeatures(deployment.spec?.template);
        deployment.status = {};
        firstGeneration(asObject(deployment));
      },
      prepareForUpdate(deployment, old) {
        dropDisabledTemplateFeatures(deployment.spec?.template, old.spec?.template);
        deployment.status = old.status;
        nextGeneration(asObject(deployment), asObject(old), ['spec', 'annotations']);
      },
      prepareForStatusUpdate(deployment, old) {
        deployment.spec = old.spec;
        const metadata = (deployment.metadata ??= {});
        if (old.metadata?.labels) metadata.labels = old.metadata.labels;
        else delete metadata.labels;
      },
      validate: validate.validateDeployment,
      validateUpdate: validate.validateDeploymentUpdate,
      validateStatusUpdate: validate.validateDeploymentStatus,
      warnings: (deployment, old) => workloadWarnings('spec.template', deployment, old, deployment.spec?.template),
    }),
    ReplicaSet: rulesOf<ReplicaSet>({
      default: defaults.defaultReplicaSet,
      prepareForCreate(replicaSet) {
        dropDisabledTemplateFeatures(replicaSet.spec?.template);
        replicaSet.status = { replicas: 0 };
        firstGeneration(asObject(replicaSet));
      },
      prepareForUpdate(replicaSet, old) {
        dropDisabledTemplateFeatures(replicaSet.spec?.template, old.spec?.template);
        replicaSet.status = old.status;
        nextGeneration(asObject(replicaSet), asObject(old), ['spec']);
      },
      prepareForStatusUpdate: (replicaSet, old) => statusOnly(asObject(replicaSet), asObject(old)),
      validate: validate.validateReplicaSet,
      validateUpdate: validate.validateReplicaSetUpdate,
      validateStatusUpdate: validate.validateReplicaStatus,
      warnings: (replicaSet, old) => workloadWarnings('spec.template', replicaSet, old, replicaSet.spec?.template),
      selectableFields: (replicaSet) => ({ 'status.replicas': String(replicaSet.status?.replicas ?? 0) }),
    }),
    DaemonSet: rulesOf<DaemonSet>({
      default(daemonSet) {
        defaults.defaultDaemonSet(daemonSet);
        // The writer owns the annotation, whatever number it gets.
        ((daemonSet.metadata ??= {}).annotations ??= {})[TEMPLATE_GENERATION] ??= '0';
      },
      prepareForCreate(daemonSet) {
        dropDisabledTemplateFeatures(daemonSet.spec?.template);
        daemonSet.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
        firstGeneration(asObject(daemonSet));
        prepareDaemonSet(daemonSet, undefined);
      },
      prepareForUpdate(daemonSet, old) {
        dropDisabledTemplateFeatures(daemonSet.spec?.template, old.spec?.template);
        daemonSet.status = old.status;
        prepareDaemonSet(daemonSet, old);
        nextGeneration(asObject(daemonSet), asObject(old), ['spec']);
      },
      prepareForStatusUpdate(daemonSet, old) {
        statusOnly(asObject(daemonSet), asObject(old));
        // The annotation shows a field of the spec.
        ((daemonSet.metadata ??= {}).annotations ??= {})[TEMPLATE_GENERATION] = old.metadata?.annotations?.[TEMPLATE_GENERATION] ?? '0';
      },
      validate: validate.validateDaemonSet,
      validateUpdate: validate.validateDaemonSetUpdate,
      validateStatusUpdate: validate.validateDaemonSetStatus,
      warnings(daemonSet, old) {
        const version = ({ metadata }: DaemonSet): string | undefined => metadata?.annotations?.[TEMPLATE_GENERATION];
        return old && version(daemonSet) === version(old) ? [] : podTemplateWarnings('spec.template', daemonSet.spec?.template);
      },
    }),
    StatefulSet: rulesOf<StatefulSet>({
      default: defaults.defaultStatefulSet,
      prepareForCreate(statefulSet) {
        dropDisabledTemplateFeatures(statefulSet.spec?.template);
        statefulSet.status = { replicas: 0, availableReplicas: 0 };
        firstGeneration(asObject(statefulSet));
      },
      prepareForUpdate(statefulSet, old) {
        dropDisabledTemplateFeatures(statefulSet.spec?.template, old.spec?.template);
        statefulSet.status = old.status;
        nextGeneration(asObject(statefulSet), asObject(old), ['spec']);
      },
      prepareForStatusUpdate: (statefulSet, old) => statusOnly(asObject(statefulSet), asObject(old)),
      validate: validate.validateStatefulSet,
      validateUpdate: validate.validateStatefulSetUpdate,
      validateStatusUpdate: validate.validateStatefulSetStatus,
      warnings: statefulSetWarnings,
    }),
    ControllerRevision: rulesOf<ControllerRevision>({
      noGeneration: true,
      validate: (revision) => validate.validateControllerRevision(revision),
      validateUpdate: validate.validateControllerRevision,
    }),
  };
}
