import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment, DeploymentStatus } from '../../../schema/v1.37/types/apps-v1.ts';
import { ago, NOW, replicaSet } from '../testing/objects.ts';
import { findNewReplicaSet, maxRevision, newReplicaSet, replicaSetAnnotations, REVISION, expiredReplicaSets } from './revisions.ts';
import { deploymentStatus, untilDeadline } from './status.ts';

function deployment(status: DeploymentStatus = {}): Deployment {
  return {
    metadata: { name: 'web', namespace: 'default', generation: 2, uid: 'u' }, status,
    spec: { replicas: 3, progressDeadlineSeconds: 60, selector: { matchLabels: { app: 'web' } }, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'new' }] } } },
  };
}
const reason = (status: DeploymentStatus, type: string): string | undefined => status.conditions?.find((condition) => condition.type === type)?.reason;
const progress = (why: string, seconds: number) => [{ type: 'Progressing', status: 'True', reason: why, lastUpdateTime: ago(seconds), lastTransitionTime: ago(seconds) }];

test('a Deployment is complete when all of its pods are new and available', () => {
  const status = deploymentStatus(deployment({ conditions: progress('ReplicaSetUpdated', 5) }), [replicaSet('new', 3)], replicaSet('new', 3), NOW);
  assert.equal(reason(status, 'Progressing'), 'NewReplicaSetAvailable');
  assert.equal(reason(status, 'Available'), 'MinimumReplicasAvailable');
  assert.equal(status.observedGeneration, 2);
});

test('without a step forward the deadline passes', () => {
  const stuck = deployment({ replicas: 4, updatedReplicas: 1, readyReplicas: 3, availableReplicas: 3, conditions: progress('ReplicaSetUpdated', 61) });
  const status = deploymentStatus(stuck, [replicaSet('old', 3), replicaSet('new', 1, 0)], replicaSet('new', 1, 0), NOW);
  assert.equal(reason(status, 'Progressing'), 'ProgressDeadlineExceeded');
  assert.equal(untilDeadline(deployment({ conditions: progress('ReplicaSetUpdated', 20) }), NOW), 40_000);
});

test('a pod that dies after completion starts no new deadline', () => {
  const complete = deployment({ replicas: 3, updatedReplicas: 3, readyReplicas: 2, availableReplicas: 1, conditions: progress('NewReplicaSetAvailable', 900) });
  const status = deploymentStatus(complete, [replicaSet('new', 3, 2)], replicaSet('new', 3, 2), NOW);
  assert.equal(reason(status, 'Progressing'), 'NewReplicaSetAvailable');
});

test('what a ReplicaSet cannot do is shown on its Deployment', () => {
  const failing = replicaSet('new', 3, 0);
  failing.status = { ...failing.status, replicas: 0, conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' }] };
  assert.equal(reason(deploymentStatus(deployment(), [failing], failing, NOW), 'ReplicaFailure'), 'FailedCreate');
});

test('the ReplicaSet of a template is found by the template, not by its hash label', () => {
  const made = newReplicaSet(deployment(), 1n, 3);
  assert.equal(findNewReplicaSet(deployment(), [replicaSet('old', 1), made]), made);
  assert.equal(findNewReplicaSet(deployment(), [replicaSet('old', 1)]), undefined);
});

test('revisions are exact beyond 53 bits', () => {
  const huge = replicaSet('old', 1, 1, { annotations: { [REVISION]: '3546343826724305832' } });
  assert.equal(String(maxRevision([huge, replicaSet('other', 1, 1, { annotations: { [REVISION]: '2' } })]) + 1n), '3546343826724305833');
});

test('a ReplicaSet that comes back keeps its former revisions as history', () => {
  const annotations = replicaSetAnnotations(deployment(), { [REVISION]: '1' }, 3n);
  assert.equal(annotations[REVISION], '3');
  assert.equal(annotations['deployment.kubernetes.io/revision-history'], '1');
});

test('only the oldest empty ReplicaSets beyond the limit are removed', () => {
  const at = (revision: number, replicas: number) => replicaSet(`r${revision}`, replicas, replicas, { annotations: { [REVISION]: String(revision) } });
  const limited = deployment();
  limited.spec!.revisionHistoryLimit = 1;
  assert.deepEqual(expiredReplicaSets(limited, [at(3, 0), at(1, 0), at(2, 1)]).map((old) => old.metadata?.name), ['r1']);
});
