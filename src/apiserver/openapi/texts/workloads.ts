export const WORKLOADS = `
apps.v1.Deployment: Keeps a number of equal pods and replaces them step by step when their template changes.
  spec: What is wanted.
  status: How far it is.
apps.v1.DeploymentSpec: What a Deployment keeps.
  replicas: How many pods. 1 by default.
  selector: Labels of the pods; the template must have them. It cannot be changed.
  template: The pods. restartPolicy must be Always.
  strategy: How pods are replaced by those of a new template.
  minReadySeconds: Seconds a pod must be ready before it counts as available. 0 by default.
  revisionHistoryLimit: Old ReplicaSets that are kept for going back. 10 by default.
  paused: Changes of the template have no effect while it is true.
  progressDeadlineSeconds: Seconds without progress after which the condition Progressing turns False. 600 by default; must be more than minReadySeconds.
apps.v1.DeploymentStrategy: How pods are replaced.
  type: RollingUpdate (default) step by step, Recreate ends all old ones first.
  rollingUpdate: How big the steps are. Only with RollingUpdate.
apps.v1.RollingUpdateDeployment: Steps of an update.
  maxUnavailable: How many pods may be missing meanwhile, as a number or share of replicas, rounded down. 25% by default. Not 0 when maxSurge is.
  maxSurge: How many pods there may be too many, as a number or share, rounded up. 25% by default.
apps.v1.DeploymentStatus: How far a Deployment is.
  replicas: Pods there are.
  updatedReplicas: Pods with the newest template.
  readyReplicas: Pods that are ready.
  availableReplicas: Pods that have been ready for minReadySeconds.
  unavailableReplicas: Pods that are still missing.
  terminatingReplicas: Pods that are on their way out.
  conditions: Available, Progressing and ReplicaFailure.
  collisionCount: How often a ReplicaSet's name was taken, so that another was made.
apps.v1.DeploymentCondition: One thing that is or is not so about a Deployment.
  lastUpdateTime: When it was last written.
apps.v1.ReplicaSet: Keeps a number of equal pods. Usually a Deployment makes it.
  spec: What is wanted.
  status: How far it is.
apps.v1.ReplicaSetSpec: What a ReplicaSet keeps.
  replicas: How many pods. 1 by default.
  minReadySeconds: Seconds a pod must be ready before it counts as available. 0 by default.
  selector: Labels of the pods; the template must have them. It cannot be changed.
  template: The pods. A change counts for new pods only.
apps.v1.ReplicaSetStatus: How far a ReplicaSet is.
  replicas: Pods there are.
  fullyLabeledReplicas: Pods that have all labels of the template.
  readyReplicas: Pods that are ready.
  availableReplicas: Pods that have been ready for minReadySeconds.
  terminatingReplicas: Pods that are on their way out.
  conditions: Such as ReplicaFailure.
apps.v1.StatefulSet: Keeps pods that each have a name, a number and storage of their own.
  spec: What is wanted. Only replicas, template, strategies and retention can be changed.
  status: How far it is.
apps.v1.StatefulSetSpec: What a StatefulSet keeps.
  replicas: How many pods. 1 by default.
  selector: Labels of the pods; the template must have them. It cannot be changed.
  template: The pods, which are named SET-NUMBER.
  volumeClaimTemplates: Claims that each pod gets, named TEMPLATE-POD. They stay when pods go.
  serviceName: Headless Service by which the pods have DNS names.
  podManagementPolicy: OrderedReady (default) makes and ends pods one after another, Parallel all at once. It cannot be changed.
  updateStrategy: How pods are replaced by those of a new template.
  revisionHistoryLimit: Old revisions that are kept. 10 by default.
  minReadySeconds: Seconds a pod must be ready before it counts as available. 0 by default.
  persistentVolumeClaimRetentionPolicy: What becomes of the claims. They stay by default.
  ordinals: Where the numbers begin.
apps.v1.StatefulSetUpdateStrategy: How pods are replaced.
  type: RollingUpdate (default) from the highest number down, OnDelete only when somebody deletes them.
  rollingUpdate: More about RollingUpdate.
apps.v1.RollingUpdateStatefulSetStrategy: Steps of an update.
  partition: Pods with a lower number keep the old template. 0 by default.
  maxUnavailable: How many pods may be missing meanwhile. 1 by default.
apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy: What becomes of claims.
  whenDeleted: When the set is deleted: Retain (default) or Delete.
  whenScaled: When there are fewer pods: Retain (default) or Delete.
apps.v1.StatefulSetOrdinals: Numbers of the pods.
  start: Number of the first. 0 by default.
apps.v1.StatefulSetStatus: How far a StatefulSet is.
  replicas: Pods there are.
  readyReplicas: Pods that are ready.
  currentReplicas: Pods with currentRevision.
  updatedReplicas: Pods with updateRevision.
  currentRevision: Revision before the update.
  updateRevision: Revision of the template now.
  collisionCount: How often a revision's name was taken.
  availableReplicas: Pods that have been ready for minReadySeconds.
apps.v1.DaemonSet: Keeps one pod on each node that fits.
  spec: What is wanted.
  status: How far it is.
apps.v1.DaemonSetSpec: What a DaemonSet keeps.
  selector: Labels of the pods; the template must have them. It cannot be changed.
  template: The pods. Its nodeSelector and affinity say which nodes get one. Taints that nodes set on themselves are tolerated.
  updateStrategy: How pods are replaced by those of a new template.
  minReadySeconds: Seconds a pod must be ready before it counts as available. 0 by default.
  revisionHistoryLimit: Old revisions that are kept. 10 by default.
apps.v1.DaemonSetUpdateStrategy: How pods are replaced.
  type: RollingUpdate (default) or OnDelete, only when somebody deletes them.
  rollingUpdate: More about RollingUpdate.
apps.v1.RollingUpdateDaemonSet: Steps of an update.
  maxUnavailable: On how many nodes the pod may be missing meanwhile, as a number or share, rounded up. 1 by default. 0 only with maxSurge.
  maxSurge: On how many nodes a new pod runs before the old one ends. 0 by default.
apps.v1.DaemonSetStatus: How far a DaemonSet is.
  currentNumberScheduled: Nodes that shall have the pod and have it.
  numberMisscheduled: Nodes that have it and should not.
  desiredNumberScheduled: Nodes that shall have it.
  numberReady: Nodes on which it is ready.
  updatedNumberScheduled: Nodes with the newest template.
  numberAvailable: Nodes on which it has been ready for minReadySeconds.
  numberUnavailable: Nodes on which it is missing.
  collisionCount: How often a revision's name was taken.
batch.v1.Job: Runs pods until enough of them have succeeded.
  spec: What is wanted.
  status: How far it is.
batch.v1.JobSpec: What a Job runs.
  parallelism: Pods at once. 1 by default; 0 pauses.
  completions: Successes that are needed. 1 by default; absent with parallelism above 1: one success ends it once all pods have ended.
  activeDeadlineSeconds: Seconds from the start after which the Job has failed. None by default.
  podFailurePolicy: What failures mean by exit code or condition. Needs restartPolicy Never.
  successPolicy: When an indexed Job has succeeded before all its pods have.
  backoffLimit: Failures after which the Job has failed. 6 by default; no limit with backoffLimitPerIndex. The delay grows from 10 s to 10 minutes.
  backoffLimitPerIndex: Failures of one index after which that index has failed. Needs completionMode Indexed and restartPolicy Never.
  maxFailedIndexes: Failed indexes after which the Job has failed at once. Needs backoffLimitPerIndex.
  selector: Labels of the pods; made by the server.
  manualSelector: True takes the selector that is given. Leave it out unless you know.
  template: The pods. restartPolicy must be Never or OnFailure.
  ttlSecondsAfterFinished: Seconds after its end when the Job is deleted, 0 at once. Never by default.
  completionMode: NonIndexed (default), or Indexed: each pod has a number from 0 to completions-1, in the variable JOB_COMPLETION_INDEX.
  suspend: True ends the running pods and starts none. False by default.
  podReplacementPolicy: TerminatingOrFailed makes another pod as soon as one is being deleted, Failed only when it has ended. Failed with a podFailurePolicy.
  managedBy: Who runs the Job. kubernetes.io/job-controller by default; it cannot be changed.
  scheduling: How the pods are scheduled as a group.
batch.v1.PodFailurePolicy: What failures of pods mean.
  rules: Rules in order; the first that matches counts, else the failure counts towards backoffLimit. At most 20.
batch.v1.PodFailurePolicyRule: A rule; exactly one requirement is given.
  action: FailJob ends the Job, FailIndex the index, Ignore does not count the failure, Count does.
  onExitCodes: By exit code.
  onPodConditions: By conditions of the pod, of which one must match. At most 20.
batch.v1.PodFailurePolicyOnExitCodesRequirement: Exit codes.
  containerName: One container; all by default.
  operator: In or NotIn.
  values: Exit codes in order, without 0 for In, at most 255.
batch.v1.PodFailurePolicyOnPodConditionsPattern: A condition of a pod.
  type: Its type.
  status: Its status. True by default.
batch.v1.SuccessPolicy: When an indexed Job has succeeded.
  rules: Rules of which one must hold, at most 20. Then the other pods are ended.
batch.v1.SuccessPolicyRule: A rule.
  succeededIndexes: Indexes that must have succeeded, such as 0,3-5.
  succeededCount: How many of those, or of all, must have.
batch.v1.JobStatus: How far a Job is.
  conditions: Complete, Failed, Suspended, SuccessCriteriaMet, FailureTarget.
  startTime: When it began, or was last resumed.
  completionTime: When it succeeded.
  active: Pods that run or wait.
  succeeded: Pods that succeeded.
  failed: Pods that failed.
  terminating: Pods that are on their way out.
  completedIndexes: Indexes that succeeded, such as 0,3-5.
  failedIndexes: Indexes that failed, such as 0,3-5.
  uncountedTerminatedPods: Pods that have ended and are not counted yet.
  ready: Pods that are ready.
batch.v1.JobCondition: One thing that is or is not so about a Job.
  lastProbeTime: When it was last looked at.
batch.v1.UncountedTerminatedPods: Pods that have ended and are not counted yet, by UID.
  succeeded: Those that succeeded.
  failed: Those that failed.
batch.v1.JobTemplateSpec: The Jobs that a CronJob makes.
  metadata: Labels and annotations of those Jobs.
  spec: What those Jobs shall do.
batch.v1.CronJob: Makes Jobs by the clock.
  spec: What is wanted.
  status: What it did last.
batch.v1.CronJobSpec: When which Jobs are made.
  schedule: Minute, hour, day of the month, month, day of the week; or @hourly, @daily, @weekly, @monthly, @yearly.
  timeZone: Zone of the schedule, such as Europe/Berlin. That of the controller by default.
  startingDeadlineSeconds: Seconds by which a start may be late; later ones are left out. No limit by default, but more than 100 missed starts are not made up for.
  concurrencyPolicy: While a Job still runs: Allow (default) starts another, Forbid leaves it out, Replace ends the old one.
  suspend: True starts no more Jobs; those that run go on. False by default.
  jobTemplate: The Jobs.
  successfulJobsHistoryLimit: Succeeded Jobs that are kept. 3 by default.
  failedJobsHistoryLimit: Failed Jobs that are kept. 1 by default.
batch.v1.CronJobStatus: What a CronJob did.
  active: Jobs that run.
  lastScheduleTime: When a Job was last due and made.
  lastSuccessfulTime: When a Job last succeeded.
policy.v1.PodDisruptionBudget: How many pods may be taken away on purpose at once, by drain for instance.
  spec: What must be left.
  status: What may be taken now.
policy.v1.PodDisruptionBudgetSpec: What must be left of a set of pods.
  minAvailable: Pods that must stay healthy, as a number or share, rounded up. Either this or maxUnavailable.
  selector: Labels of the pods. Empty: all of the namespace.
  maxUnavailable: Pods that may be missing, as a number or share, rounded up. Only for pods of a controller that can be scaled.
  unhealthyPodEvictionPolicy: Whether pods that run but are not ready may be evicted: IfHealthyBudget (default) when enough others are healthy, AlwaysAllow always.
policy.v1.PodDisruptionBudgetStatus: What may be taken now.
  disruptedPods: Pods whose eviction was allowed and that are not gone yet.
  disruptionsAllowed: How many may go now.
  currentHealthy: Pods that are healthy.
  desiredHealthy: Pods that must be.
  expectedPods: Pods there should be.
  conditions: DisruptionAllowed.
batch.v1.JobSchedulingConfiguration: How the pods of a Job are scheduled together.
  schedulingPolicy: Whether they are scheduled one by one or as a gang.
  schedulingConstraints: Where they shall be together.
  disruptionMode: Whether they are pushed away one by one or all together.
  resourceClaims: Claims to devices that they share.
`;
