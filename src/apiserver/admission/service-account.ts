import type { Container, Pod, PodSpec, ServiceAccount, Volume, VolumeMount } from '../../../schema/v1.37/types/core-v1.ts';
import { sleep } from '../../base/clock.ts';
import { nameSuffix, type Random } from '../../base/random.ts';
import { podReferences, type PodLike } from '../authz/pod-references.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../contracts.ts';
import { concerns, forbid } from './attributes.ts';
import { unusableName } from './unusable-name.ts';

const DEFAULT_ACCOUNT = 'default';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const VOLUME_PREFIX = 'kube-api-access-';
const ENFORCE_ANNOTATION = 'kubernetes.io/enforce-mountable-secrets';
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
/** The default account of a new namespace is made by a controller; a pod made at once waits for it this often. */
const DEFAULT_ACCOUNT_TRIES = 75;
const TRY_MILLISECONDS = 20;

/** Token, CA and namespace in one volume. */
function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  };
}

/** In place: every container that has nothing at the token's path gets the token volume. */
export function mountToken(spec: PodSpec, random?: Random): void {
  const existing = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const name = existing?.name ?? VOLUME_PREFIX + nameSuffix(5, random);
  const mount: VolumeMount = { name, readOnly: true, mountPath: MOUNT_PATH };
  let needed = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH)) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { ...mount }];
    needed = true;
  }
  if (!existing && needed) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function containerViolation(kind: string, container: Container, account: string, allowed: Set<string>): string | undefined {
  const end = (secret: string): string => `referencing secret.secretName="${secret}" is not allowed because service account ${account} does not reference that secret`;
  for (const { name, valueFrom } of container.env ?? []) {
    const secret = valueFrom?.secretKeyRef;
    if (secret && !allowed.has(secret.name ?? '')) return `${kind} ${container.name} with envVar ${name} ${end(secret.name ?? '')}`;
  }
  for (const { secretRef } of container.envFrom ?? []) {
    if (secretRef && !allowed.has(secretRef.name ?? '')) return `${kind} ${container.name} with envFrom ${end(secretRef.name ?? '')}`;
  }
  return undefined;
}

/** The first secret a pod names that its account does not; only for accounts that ask for this. */
export function secretViolation(spec: PodSpec, account: ServiceAccount): string | undefined {
  const name = account.metadata?.name ?? '';
  const allowed = new Set((account.secrets ?? []).map((secret) => secret.name ?? ''));
  for (const { secret } of spec.volumes ?? []) {
    if (secret && !allowed.has(secret.secretName ?? '')) {
      return `volume with secret.secretName="${secret.secretName}" is not allowed because service account ${name} does not reference that secret`;
    }
  }
  const lists = [['init container', spec.initContainers], ['container', spec.containers], ['ephemeral container', spec.ephemeralContainers]] as const;
  for (const [kind, containers] of lists) {
    for (const container of containers ?? []) {
      const violation = containerViolation(kind, container as Container, name, allowed);
      if (violation) return violation;
    }
  }
  const pullSecrets = new Set((account.imagePullSecrets ?? []).map((secret) => secret.name ?? ''));
  const index = (spec.imagePullSecrets ?? []).findIndex((secret) => !pullSecrets.has(secret.name ?? ''));
  if (index < 0) return undefined;
  return `imagePullSecrets[${index}].name="${spec.imagePullSecrets![index]!.name}" is not allowed because service account ${name} does not reference that imagePullSecret`;
}

function mirrorViolation(pod: Pod): string | undefined {
  if (pod.spec?.serviceAccountName) return 'a mirror pod may not reference service accounts';
  if (podReferences(pod as PodLike).secrets.size > 0) return 'a mirror pod may not reference secrets';
  const projectsToken = pod.spec?.volumes?.some(({ projected }) => projected?.sources?.some((source) => source.serviceAccountToken));
  return projectsToken ? 'a mirror pod may not use ServiceAccountToken volume projections' : undefined;
}

const enforces = (account: ServiceAccount): boolean => /^(1|t|T|true|TRUE|True)$/.test(account.metadata?.annotations?.[ENFORCE_ANNOTATION] ?? '');

/** Gives pods their service account, its token and its pull secrets. */
export function serviceAccount(reader: ObjectReader, random?: Random): AdmissionPlugin {
  async function find(attributes: AdmissionAttributes, name: string): Promise<ServiceAccount> {
    const { namespace } = attributes;
    for (let attempt = 0; ; attempt++) {
      const unusable = unusableName(name);
      if (unusable) throw forbid(attributes, `error looking up service account ${namespace}/${name}: ${unusable}`);
      const account = reader.get('', 'serviceaccounts', namespace, name) as ServiceAccount | undefined;
      if (account) return account;
      if (name !== DEFAULT_ACCOUNT || attempt >= DEFAULT_ACCOUNT_TRIES) {
        throw forbid(attributes, `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`);
      }
      await sleep(TRY_MILLISECONDS);
    }
  }
  const isMirror = (pod: Pod): boolean => pod.metadata?.annotations?.[MIRROR_ANNOTATION] !== undefined;
  return {
    name: 'ServiceAccount',
    handles: (attributes) => concerns(attributes, 'pods', 'CREATE')
      || (attributes.operation === 'UPDATE' && attributes.subresource === 'ephemeralcontainers' && attributes.info.resource === 'pods'),
    async admit(attributes) {
      const pod = attributes.object as Pod;
      if (attributes.operation !== 'CREATE' || isMirror(pod) || !pod.spec) return;
      const { spec } = pod;
      if (!spec.serviceAccountName) spec.serviceAccountName = spec.serviceAccount = DEFAULT_ACCOUNT;
      const account = await find(attributes, spec.serviceAccountName);
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec, random);
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
      }
    },
    async validate(attributes) {
      const pod = attributes.object as Pod;
      if (isMirror(pod)) {
        const violation = attributes.operation === 'CREATE' ? mirrorViolation(pod) : undefined;
        if (violation) throw forbid(attributes, violation);
        return;
      }
      if (!pod.spec?.serviceAccountName) throw forbid(attributes, `no service account specified for pod ${attributes.namespace}/${pod.metadata?.name}`);
      const account = await find(attributes, pod.spec.serviceAccountName);
      if (!enforces(account)) return;
      const { ephemeralContainers } = pod.spec;
      const violation = secretViolation(attributes.operation === 'CREATE' ? pod.spec : { containers: [], ephemeralContainers }, account);
      if (violation) throw forbid(attributes, violation);
    },
  };
}
