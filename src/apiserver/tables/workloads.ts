import { parseTime } from '../../base/clock.ts';
import type * as apps from '../../../schema/v1.37/types/apps-v1.ts';
import type { Scale } from '../../../schema/v1.37/types/autoscaling-v1.ts';
import type * as batch from '../../../schema/v1.37/types/batch-v1.ts';
import type { ReplicationController } from '../../../schema/v1.37/types/core-v1.ts';
import { age, containerCells, humanDuration, labelsText, nameOf, selectorTerms, selectorText, since } from './format.ts';
import { type Cell, type PrintContext, type Printers, printer } from './printer.ts';

const JOB_STATES = ['Complete', 'Failed', 'Terminating', 'Suspended', 'FailureTarget', 'SuccessCriteriaMet'];

function jobState({ metadata, status }: batch.Job): string {
  const holds = (state: string): boolean => (state === 'Terminating' ? metadata?.deletionTimestamp != null : status?.conditions?.find(({ type }) => type === state)?.status === 'True');
  return JOB_STATES.find(holds) ?? 'Running';
}

function jobCells(job: batch.Job, { now }: PrintContext): Cell[] {
  const { spec, status } = job;
  const done = status?.succeeded ?? 0;
  const parallelism = spec?.parallelism ?? 0;
  const completions = spec?.completions != null ? `${done}/${spec.completions}` : parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
  const end = status?.completionTime ? parseTime(status.completionTime) : now;
  const duration = status?.startTime ? humanDuration(end - parseTime(status.startTime)) : '';
  return [nameOf(job), jobState(job), completions, duration, age(job, now), ...containerCells(spec?.template.spec?.containers), selectorText(spec?.selector)];
}

function cronJobCells(cronJob: batch.CronJob, { now }: PrintContext): Cell[] {
  const { spec, status } = cronJob;
  const suspended = spec?.suspend == null ? '<unset>' : spec.suspend ? 'True' : 'False';
  return [
    nameOf(cronJob), spec?.schedule ?? '', spec?.timeZone ?? '<none>', suspended, status?.active?.length ?? 0, status?.lastScheduleTime ? since(status.lastScheduleTime, now) : '<none>', age(cronJob, now),
    ...containerCells(spec?.jobTemplate.spec?.template.spec?.containers), selectorText(spec?.jobTemplate.spec?.selector),
  ];
}

function controllerText(revision: apps.ControllerRevision): string {
  const owner = revision.metadata?.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return '<none>';
  const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/', 1)[0]}` : '';
  return `${owner.kind}${group}`.toLowerCase() + `/${owner.name}`;
}

/** Its first column is told as any text, not as a name. */
const scale = printer<Scale>('-Name|Desired:integer|Available:integer|Age', (object, { now }) => [nameOf(object), object.spec?.replicas ?? 0, object.status?.replicas ?? 0, age(object, now)]);

export const workloadPrinters: Printers = {
  'autoscaling/Scale': scale,
  '/ReplicationController': printer<ReplicationController>('Name|Desired:integer|Current:integer|Ready:integer|Age|Containers+|Images+|Selector+', (object, { now }) => [
    nameOf(object), object.spec?.replicas ?? 0, object.status?.replicas ?? 0, object.status?.readyReplicas ?? 0, age(object, now), ...containerCells(object.spec?.template?.spec?.containers), labelsText(object.spec?.selector),
  ]),
  'apps/ReplicaSet': printer<apps.ReplicaSet>('Name|Desired:integer|Current:integer|Ready:integer|Age|Containers+|Images+|Selector+', (object, { now }) => [
    nameOf(object), object.spec?.replicas ?? 0, object.status?.replicas ?? 0, object.status?.readyReplicas ?? 0, age(object, now), ...containerCells(object.spec?.template?.spec?.containers), selectorText(object.spec?.selector),
  ]),
  'apps/DaemonSet': printer<apps.DaemonSet>('Name|Desired:integer|Current:integer|Ready:integer|Up-to-date:integer|Available:integer|Node Selector|Age|Containers+|Images+|Selector+', (object, { now }) => {
    const { spec, status } = object;
    return [
      nameOf(object), status?.desiredNumberScheduled ?? 0, status?.currentNumberScheduled ?? 0, status?.numberReady ?? 0, status?.updatedNumberScheduled ?? 0, status?.numberAvailable ?? 0,
      labelsText(spec?.template.spec?.nodeSelector), age(object, now), ...containerCells(spec?.template.spec?.containers), selectorText(spec?.selector),
    ];
  }),
  'apps/Deployment': printer<apps.Deployment>('Name|Ready|Up-to-date|Available|Age|Containers+|Images+|Selector+', (object, { now }) => {
    const { spec, status } = object;
    return [
      nameOf(object), `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`, status?.updatedReplicas ?? 0, status?.availableReplicas ?? 0, age(object, now),
      ...containerCells(spec?.template.spec?.containers), selectorTerms(spec?.selector),
    ];
  }),
  'apps/StatefulSet': printer<apps.StatefulSet>('Name|Ready|Age|Containers+|Images+', (object, { now }) => [
    nameOf(object), `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`, age(object, now), ...containerCells(object.spec?.template.spec?.containers),
  ]),
  'apps/ControllerRevision': printer<apps.ControllerRevision>('Name|Controller|Revision|Age', (object, { now }) => [nameOf(object), controllerText(object), object.revision ?? 0, age(object, now)]),
  'batch/Job': printer<batch.Job>('Name|Status|Completions|Duration|Age|Containers+|Images+|Selector+', jobCells),
  'batch/CronJob': printer<batch.CronJob>('Name|Schedule|Timezone|Suspend:boolean|Active:integer|Last Schedule|Age|Containers+|Images+|Selector+', cronJobCells),
};
