import { formatTime } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import type { ServerContext } from '../context.ts';
import { sameJson } from '../metadata/equal.ts';
import { follow } from '../registry/follow.ts';
import { forWriting } from '../registry/object-store.ts';
import { deleteAsServer, serverCall } from '../bootstrap/as-server.ts';
import { ownWrite } from '../subresources/related-call.ts';
import { trackFields } from '../verbs/managed-fields.ts';
import { decideStatus, withCondition } from './names.ts';
import { isTrue } from './registered.ts';
import { CLEANUP_FINALIZER, DEFINITIONS, type CustomResourceDefinition } from './types.ts';
import { hasRules, loadCel } from './values/rule-programs.ts';

type Status = NonNullable<CustomResourceDefinition['status']>;
const WRITE_ATTEMPTS = 10;
const DEFINITIONS_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const PARALLEL_DELETES = 16;
const CLEANUP_RETRY_MILLISECONDS = 500;

/** Serves and stops serving what a definition says; both happen at once. */
export interface Registrar {
  register(definition: CustomResourceDefinition): void;
  unregister(name: string): void;
}

/** Follows the stored definitions: accepts their names, has them served, clears up behind those that go. */
export class DefinitionController {
  private readonly context: ServerContext;
  private readonly registrar: Registrar;
  /** The newest status decided but perhaps not written yet, by name. */
  private readonly decided = new Map<string, { resourceVersion: string; status: Status }>();
  private readonly cleaning = new Set<string>();
  private stopWatch: (() => void) | undefined;
  private stopped = false;

  constructor(context: ServerContext, registrar: Registrar) {
    this.context = context;
    this.registrar = registrar;
  }

  async start(): Promise<void> {
    const hub = await this.context.store.loaded(DEFINITIONS);
    const known = [...hub.values()];
    const stored = known.map(({ object }) => object as unknown as CustomResourceDefinition);
    if (stored.some(({ spec }) => hasRules(spec.versions))) await loadCel();
    for (const definition of stored) this.settle(definition);
    this.stopWatch = await follow(this.context, DEFINITIONS, {
      changed: (object) => this.changed(object as unknown as CustomResourceDefinition),
      gone: (object) => this.gone(object as unknown as CustomResourceDefinition),
    }, known);
  }

  stop(): void {
    this.stopped = true;
    this.stopWatch?.();
  }

  private changed(definition: CustomResourceDefinition): void {
    // Admission loads the library before it lets rules in; this is for objects that came another way.
    if (hasRules(definition.spec.versions)) void loadCel();
    this.settle(definition);
  }

  private current(name: string): CustomResourceDefinition | undefined {
    return this.context.objects.get(DEFINITIONS.group, DEFINITIONS.resource, '', name) as CustomResourceDefinition | undefined;
  }

  private *all(): Iterable<CustomResourceDefinition> {
    for (const object of this.context.objects.list(DEFINITIONS.group, DEFINITIONS.resource)) {
      const definition = object as unknown as CustomResourceDefinition;
      const decided = this.decided.get(definition.metadata?.name ?? '');
      yield decided ? { ...definition, status: decided.status } : definition;
    }
  }

  /** Decides and registers at once, so that whoever wrote the definition finds it served; only the status follows later. */
  private settle(definition: CustomResourceDefinition): void {
    const { name = '', resourceVersion = '', deletionTimestamp, finalizers } = definition.metadata ?? {};
    const status = decideStatus(definition, this.all(), this.context.clock.now());
    this.decided.set(name, { resourceVersion, status });
    const decided = { ...definition, status };
    if (isTrue(decided, 'Established')) this.registrar.register(decided);
    if (!sameJson(status, definition.status)) void this.writeStatus(name, (latest) => decideStatus(latest, this.all(), this.context.clock.now()));
    else this.decided.delete(name);
    if (deletionTimestamp && finalizers?.includes(CLEANUP_FINALIZER)) void this.cleanUp(name);
  }

  private gone(definition: CustomResourceDefinition): void {
    const name = definition.metadata?.name ?? '';
    this.decided.delete(name);
    this.registrar.unregister(name);
    // Names that are free now may be what another definition waits for.
    for (const other of [...this.all()]) {
      if (other.spec.group === definition.spec.group && !isTrue(other, 'NamesAccepted')) this.settle(this.current(other.metadata?.name ?? '') ?? other);
    }
  }

  private async writeStatus(name: string, change: (definition: CustomResourceDefinition) => Status): Promise<void> {
    await this.write(name, (object) => {
      const status = change(object as unknown as CustomResourceDefinition);
      return sameJson(status, object['status']) ? undefined : { ...object, status: status as unknown };
    });
    this.decided.delete(name);
  }

  /** undefined from `change`: nothing to write. */
  private async write(name: string, change: (object: KubernetesObject) => KubernetesObject | undefined): Promise<void> {
    const { store, log } = this.context;
    try {
      for (let attempt = 0; attempt < WRITE_ATTEMPTS && !this.stopped; attempt++) {
        const cached = await store.get(DEFINITIONS, '', name);
        if (!cached) return;
        const next = change(forWriting(cached.object));
        if (!next) return;
        if (next.metadata?.finalizers?.length === 0 && next.metadata.deletionTimestamp) {
          if (await store.remove(DEFINITIONS, cached)) return;
        } else if (await store.replace(DEFINITIONS, await this.tracked(name, next, cached.object), cached.modRevision)) return;
      }
    } catch (error) {
      if (!this.stopped) log.error('a definition could not be written', { name, error });
    }
  }

  /** What changes in a status is noted as the server's. */
  private tracked(name: string, next: KubernetesObject, old: KubernetesObject): KubernetesObject | Promise<KubernetesObject> {
    if (sameJson(next['status'], old['status'])) return next;
    const call = serverCall(this.context, 'PUT', `${DEFINITIONS_PATH}/${name}/status`);
    return trackFields(this.context, call, next, old, ownWrite(false, 'kube-apiserver'), 'status');
  }

  /** Deletes all objects of a definition that is being deleted, waits until the last is gone, then lets it go. */
  private async cleanUp(name: string): Promise<void> {
    if (this.cleaning.has(name)) return;
    this.cleaning.add(name);
    try {
      const definition = this.current(name);
      if (!definition) return;
      if (!isTrue(definition, 'Established')) return await this.release(name, 'NeverEstablished', 'resource was never established');
      await this.note(name, 'True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress');
      const info = this.anyVersion(definition);
      while (!this.stopped && this.current(name)?.metadata?.deletionTimestamp) {
        const left = info ? await this.deleteAll(info).catch((error: unknown) => this.leftAfter(name, error)) : 0;
        if (left === 0) return await this.release(name, 'InstanceDeletionCompleted', 'removed all instances');
        await new Promise<void>((resolve) => { this.context.clock.after(CLEANUP_RETRY_MILLISECONDS, resolve); });
      }
    } finally {
      this.cleaning.delete(name);
    }
  }

  /** A store that is away for a moment: nobody else would hear of it, and the rest is deleted later. */
  private leftAfter(name: string, error: unknown): number {
    if (!this.stopped) this.context.log.warn('custom objects could not be deleted, trying again', { name, error });
    return 1;
  }

  private anyVersion({ spec }: CustomResourceDefinition): ResourceInfo | undefined {
    return spec.versions.map((version) => this.context.scheme.resource(spec.group, version.name, spec.names.plural)).find((info) => info !== undefined);
  }

  /** How many are left: those that finalizers hold. */
  private async deleteAll(info: ResourceInfo): Promise<number> {
    const hub = await this.context.store.loaded(info);
    const waiting = [...hub.values()].map(({ object }) => object.metadata ?? {}).filter(({ deletionTimestamp }) => !deletionTimestamp);
    const root = `/apis/${info.group}/${info.version}`;
    const worker = async (): Promise<void> => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        await deleteAsServer(this.context, `${root}${next.namespace ? `/namespaces/${next.namespace}` : ''}/${info.resource}/${next.name}`);
      }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL_DELETES, waiting.length) }, worker));
    return hub.size();
  }

  private note(name: string, status: string, reason: string, message: string): Promise<void> {
    return this.writeStatus(name, (definition) => ({
      ...definition.status, conditions: withCondition(definition.status?.conditions, { type: 'Terminating', status, reason, message }, this.context.clock.now()),
    }));
  }

  private async release(name: string, reason: string, message: string): Promise<void> {
    await this.note(name, 'False', reason, message);
    await this.write(name, (object) => {
      const finalizers = object.metadata?.finalizers?.filter((finalizer) => finalizer !== CLEANUP_FINALIZER) ?? [];
      if (finalizers.length === object.metadata?.finalizers?.length) return undefined;
      const metadata = { ...object.metadata, finalizers };
      return { ...object, metadata };
    });
  }
}

/** A definition on its way out: held until its objects are gone. */
export function beginDeletion(object: KubernetesObject, now: number): KubernetesObject {
  const definition = object as unknown as CustomResourceDefinition;
  const finalizers = definition.metadata?.finalizers ?? [];
  if (definition.metadata?.deletionTimestamp) return object;
  const conditions = withCondition(definition.status?.conditions, {
    type: 'Terminating', status: 'True', reason: 'InstanceDeletionPending', message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    lastTransitionTime: formatTime(now),
  }, now);
  return {
    ...object, metadata: { ...object.metadata, finalizers: finalizers.includes(CLEANUP_FINALIZER) ? finalizers : [...finalizers, CLEANUP_FINALIZER] },
    status: { ...definition.status, conditions },
  };
}
