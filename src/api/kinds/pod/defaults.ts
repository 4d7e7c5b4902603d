import type { Container, EnvVar, EphemeralContainer, HTTPGetAction, LifecycleHandler, PersistentVolumeClaimSpec, Pod, PodSpec, PodTemplateSpec, Probe, ResourceRequirements, Volume } from '../../../../schema/v1.37/types/core-v1.ts';
import { roundedQuantity } from '../common/quantities.ts';
import { defaultLegacyVolumeSource } from '../volume/defaults.ts';

const PATH_COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const DOMAIN_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = new RegExp(`^(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const LONGEST_NAME = 255;
const REPOSITORY = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`);

/** The tag that decides the pull policy: `latest` when neither tag nor digest is given, '' for what is no image name. */
export function imageTag(image: string): string {
  const at = image.indexOf('@');
  const name = at < 0 ? image : image.slice(0, at);
  const slash = name.lastIndexOf('/');
  const colon = name.lastIndexOf(':');
  const tagged = colon > slash;
  let repository = tagged ? name.slice(0, colon) : name;
  const first = repository.indexOf('/');
  if (first > 0) {
    const domain = repository.slice(0, first);
    if (domain === 'localhost' || /[.:A-Z]/.test(domain)) {
      if (!DOMAIN.test(domain)) return '';
      repository = repository.slice(first + 1);
    }
  }
  if (repository.length > LONGEST_NAME || !REPOSITORY.test(repository)) return '';
  if (tagged) return name.slice(colon + 1);
  return at < 0 ? 'latest' : '';
}

function pullPolicy(image: string | undefined): string {
  return imageTag(image ?? '') === 'latest' ? 'Always' : 'IfNotPresent';
}

/** Kubernetes keeps no more than thousandths of a resource; finer amounts are rounded up. */
export function roundResources(list: Record<string, string | number> | undefined): void {
  for (const name in list) {
    const value = list[name] as string | number;
    const rounded = roundedQuantity(value);
    if (rounded !== value) list[name] = rounded;
  }
}

function roundRequirements(resources: ResourceRequirements | undefined): void {
  if (!resources) return;
  roundResources(resources.limits);
  roundResources(resources.requests);
}

function defaultHttpGet(action: HTTPGetAction | undefined): void {
  if (!action) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

function defaultProbe(probe: Probe | undefined): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultHandler(handler: LifecycleHandler | undefined): void {
  if (handler) defaultHttpGet(handler.httpGet);
}

function defaultEnvironment(variables: EnvVar[] | undefined): void {
  if (!variables) return;
  for (const { valueFrom } of variables) {
    if (!valueFrom) continue;
    if (valueFrom.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1';
    if (valueFrom.resourceFieldRef) valueFrom.resourceFieldRef.divisor ??= '0';
    if (valueFrom.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
  }
}

function defaultContainer(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= pullPolicy(container.image);
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  if (container.ports) for (const port of container.ports) port.protocol ||= 'TCP';
  defaultEnvironment(container.env);
  roundRequirements(container.resources);
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  if (container.lifecycle) {
    defaultHandler(container.lifecycle.postStart);
    defaultHandler(container.lifecycle.preStop);
  }
}

/** Of a claim and of an ephemeral volume's template. */
export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
  spec.resources ??= {};
  roundResources(spec.resources.limits);
  roundResources(spec.resources.requests);
}

function hasSource(volume: Volume): boolean {
  for (const key in volume) if (key !== 'name' && volume[key as keyof Volume] != null) return true;
  return false;
}

function defaultVolume(volume: Volume): void {
  if (!hasSource(volume)) volume.emptyDir = {};
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.secret) volume.secret.defaultMode ??= 420;
  if (volume.configMap) volume.configMap.defaultMode ??= 420;
  if (volume.image) volume.image.pullPolicy ||= pullPolicy(volume.image.reference);
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= 420;
    for (const item of volume.downwardAPI.items ?? []) {
      if (item.fieldRef) item.fieldRef.apiVersion ||= 'v1';
      if (item.resourceFieldRef) item.resourceFieldRef.divisor ??= '0';
    }
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= 420;
    for (const source of volume.projected.sources ?? []) {
      if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
      for (const item of source.downwardAPI?.items ?? []) {
        if (item.fieldRef) item.fieldRef.apiVersion ||= 'v1';
        if (item.resourceFieldRef) item.resourceFieldRef.divisor ??= '0';
      }
    }
  }
  const template = volume.ephemeral?.volumeClaimTemplate;
  if (template) {
    template.metadata ??= {};
    defaultClaimSpec((template.spec ??= {}));
  }
  defaultLegacyVolumeSource(volume);
}

function defaultPodSpec(spec: PodSpec): void {
  spec.serviceAccountName ||= spec.serviceAccount;
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else delete spec.serviceAccountName;
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  if (spec.volumes) for (const volume of spec.volumes) defaultVolume(volume);
  if (spec.initContainers) for (const container of spec.initContainers) defaultContainer(container);
  if (spec.containers) for (const container of spec.containers) defaultContainer(container);
  if (spec.ephemeralContainers) for (const container of spec.ephemeralContainers) defaultContainer(container);
  roundResources(spec.overhead);
  roundRequirements(spec.resources);
}

function requestsFromLimits(containers: Container[] | undefined): void {
  if (!containers) return;
  for (const { resources } of containers) {
    if (!resources?.limits) continue;
    const requests = (resources.requests ??= {});
    for (const name in resources.limits) requests[name] ??= resources.limits[name] as string;
  }
}

function hostPorts(containers: Container[] | undefined): void {
  if (!containers) return;
  for (const { ports } of containers) if (ports) for (const port of ports) port.hostPort ||= port.containerPort;
}

function defaultStatus(pod: Pod): void {
  const status = (pod.status ??= {});
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && status.podIPs?.length) status.podIP = status.podIPs[0]?.ip;
  for (const list of [status.initContainerStatuses, status.containerStatuses, status.ephemeralContainerStatuses]) {
    if (!list) continue;
    for (const container of list) {
      container.state ??= {};
      container.lastState ??= {};
      if (container.resources) roundRequirements(container.resources);
      roundResources(container.allocatedResources);
    }
  }
}

export function defaultPod(pod: Pod): void {
  const spec = (pod.spec ??= { containers: [] });
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
  requestsFromLimits(spec.containers);
  requestsFromLimits(spec.initContainers);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) {
    hostPorts(spec.containers);
    hostPorts(spec.initContainers);
  }
  defaultPodSpec(spec);
  defaultStatus(pod);
}

/** A template gets the defaults of the spec only: what a pod derives (requests, host ports) is left to its pods. */
export function defaultPodTemplate(template: PodTemplateSpec): void {
  template.metadata ??= {};
  defaultPodSpec((template.spec ??= { containers: [] }));
}
