import type { Component } from '../apiserver/http/component-server.ts';
import { workQueueMetricsText } from '../client/queue-metrics.ts';
import type { Managers } from './managers.ts';

/** Upstream's ports of these parts. */
export const SCHEDULER_PORT = 10259;
export const CONTROLLER_MANAGER_PORT = 10257;

const syncedCheck = (informers: Managers['informers']): (() => Promise<void>) => {
  let synced = false;
  void informers.synced().then(() => { synced = true; });
  return async () => {
    if (!synced) throw new Error('the first lists are not in yet');
  };
};

/** What upstream's kube-scheduler tells on its own port. */
export function schedulerPages({ scheduler, informers, elected }: Managers): Component {
  return {
    name: 'kube-scheduler', flags: () => ({ 'secure-port': String(SCHEDULER_PORT) }), metricsText: () => scheduler.metricsText(),
    readyChecks: new Map([['sched-handler-sync', syncedCheck(informers)]]),
    configuration: () => ({
      kind: 'KubeSchedulerConfiguration', apiVersion: 'kubescheduler.config.k8s.io/v1', parallelism: 1, leaderElection: { leaderElect: elected }, percentageOfNodesToScore: 0,
      podInitialBackoffSeconds: 1, podMaxBackoffSeconds: 10, profiles: [{ schedulerName: 'default-scheduler' }],
    }),
  };
}

/** What upstream's kube-controller-manager tells on its own port. */
export function controllerManagerPages({ informers, elected }: Managers): Component {
  return {
    name: 'kube-controller-manager', flags: () => ({ 'secure-port': String(CONTROLLER_MANAGER_PORT) }), metricsText: workQueueMetricsText,
    readyChecks: new Map([['informer-sync', syncedCheck(informers)]]),
    configuration: () => ({ kind: 'KubeControllerManagerConfiguration', apiVersion: 'kubecontrollermanager.config.k8s.io/v1alpha1', Generic: { LeaderElection: { leaderElect: elected } } }),
  };
}
