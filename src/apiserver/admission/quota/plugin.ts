import type { Pod, ResourceQuota } from '../../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { StatusError } from '../../../api/status.ts';
import type { Clock } from '../../../base/clock.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../../contracts.ts';
import { forbid } from '../attributes.ts';
import { checkQuotas } from './check.ts';
import type { LimitedResource } from './limited-resources.ts';
import { hasDeadline, quotaEvaluator } from '../../../api/quota/usage.ts';

const TRIES = 4;

/** Writes `status.used` on the condition of the object's resourceVersion. undefined: it has changed meanwhile. */
export type QuotaWriter = (quota: KubernetesObject) => Promise<KubernetesObject | undefined>;

interface QuotaParts {
  reader: ObjectReader;
  write: QuotaWriter;
  clock: Clock;
  /** What may be used only where a quota speaks of it. */
  limited: LimitedResource[];
}
interface Waiter { attributes: AdmissionAttributes; resolve(): void; reject(error: Error): void }

/** Requests of one namespace are judged one after another; those that wait together share one write of the quota. */
class NamespaceQueue {
  private waiting: Waiter[] = [];
  private running = false;
  private readonly written = new Map<string, ResourceQuota>();
  private readonly namespace: string;
  private readonly reader: ObjectReader;
  private readonly write: QuotaWriter;
  private readonly clock: Clock;
  private readonly limited: LimitedResource[];

  constructor(namespace: string, { reader, write, clock, limited }: QuotaParts) {
    this.namespace = namespace;
    this.reader = reader;
    this.write = write;
    this.clock = clock;
    this.limited = limited;
  }

  get idle(): boolean {
    return !this.running;
  }

  submit(attributes: AdmissionAttributes): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ attributes, resolve, reject });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    // One turn of the event loop, so that requests of the same moment are judged together.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        await this.judge(batch, this.quotas(), TRIES);
      } catch (error) {
        for (const { reject } of batch) reject(error as Error);
      }
    }
    this.running = false;
  }

  /** What is stored, or what we wrote ourselves where memory has not caught up. */
  private quotas(): ResourceQuota[] {
    const version = (quota: ResourceQuota): number => Number(quota.metadata?.resourceVersion ?? 0);
    const found = [...this.reader.list('', 'resourcequotas', this.namespace)] as ResourceQuota[];
    return found.map((quota) => {
      const own = this.written.get(quota.metadata?.name ?? '');
      return own && own.metadata?.uid === quota.metadata?.uid && version(own) > version(quota) ? own : quota;
    });
  }

  private async judge(batch: Waiter[], quotas: ResourceQuota[], tries: number): Promise<void> {
    const originals = quotas;
    const { limited } = this;
    const accepted: Waiter[] = [];
    for (const waiter of batch) {
      const { attributes } = waiter;
      const { info, object, oldObject } = attributes;
      const evaluator = quotaEvaluator(info.group, info.resource);
      const verdict = checkQuotas(quotas, {
        evaluator, object: object!, oldObject, now: this.clock.now(), ...(limited.length > 0 ? { limited: { resources: limited, group: info.group, resource: info.resource } } : {}),
      });
      if ('refused' in verdict) waiter.reject(verdict.plain ? new StatusError(500, '', verdict.refused) : forbid(attributes, verdict.refused));
      else if (attributes.dryRun || verdict.quotas === quotas) waiter.resolve();
      else {
        quotas = verdict.quotas;
        accepted.push(waiter);
      }
    }
    const failed = new Set<string>();
    for (const [index, quota] of quotas.entries()) {
      if (quota === originals[index]) continue;
      const stored = await this.write(quota as KubernetesObject);
      if (stored) this.written.set(quota.metadata?.name ?? '', stored as ResourceQuota);
      else failed.add(quota.metadata?.name ?? '');
    }
    if (failed.size === 0) return accepted.forEach(({ resolve }) => resolve());
    if (tries <= 1) throw new StatusError(409, 'Conflict', `quotas of namespace ${this.namespace} changed too often; please try again`);
    const again = this.quotas().filter(({ metadata }) => failed.has(metadata?.name ?? ''));
    await this.judge(accepted, again, tries - 1);
  }
}

function changesUsage(attributes: AdmissionAttributes): boolean {
  const { info, subresource, operation, object, oldObject } = attributes;
  if (info.group === '' && info.resource === 'pods') {
    if (subresource === 'resize') return operation === 'UPDATE';
    if (subresource !== '') return false;
    return operation === 'CREATE' || (operation === 'UPDATE' && hasDeadline(object as Pod) !== hasDeadline(oldObject as Pod));
  }
  if (info.group === '' && info.resource === 'persistentvolumeclaims') return ['CREATE', 'UPDATE'].includes(operation) && (subresource === '' || subresource === 'status');
  if (subresource !== '') return false;
  return operation === 'CREATE' || (operation === 'UPDATE' && info.group === '' && info.resource === 'services');
}

/** Refuses what would exceed a quota and counts what does not. Must run last. */
export function resourceQuota(parts: QuotaParts): AdmissionPlugin {
  const { reader, limited } = parts;
  const queues = new Map<string, NamespaceQueue>();
  const hasQuota = (namespace: string): boolean => {
    for (const _ of reader.list('', 'resourcequotas', namespace)) return true;
    return false;
  };
  return {
    name: 'ResourceQuota',
    handles: (attributes) => attributes.namespace !== '' && attributes.info.namespaced && attributes.info.resource !== 'events'
      && changesUsage(attributes) && (limited.length > 0 || hasQuota(attributes.namespace)),
    async validate(attributes) {
      const { namespace } = attributes;
      let queue = queues.get(namespace);
      if (!queue) queues.set(namespace, queue = new NamespaceQueue(namespace, parts));
      try {
        await queue.submit(attributes);
      } finally {
        if (queue.idle && !reader.get('', 'namespaces', '', namespace)) queues.delete(namespace);
      }
    },
  };
}
