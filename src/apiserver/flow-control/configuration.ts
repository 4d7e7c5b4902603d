import type { FlowSchema, PriorityLevelConfiguration } from '../../../schema/v1.37/types/flowcontrol-v1.ts';
import { flowSchemas, priorityLevels } from '../bootstrap/flow-control.ts';
import type { LevelShares } from './allocation.ts';
import { inPrecedence } from './matching.ts';
import type { QueueConfig } from './queue-set.ts';

export const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io';

const ALWAYS = ['exempt', 'catch-all'];
const named = <T>(objects: object[], name: string): T => objects.find((object) => (object as FlowSchema).metadata?.name === name) as T;

export interface Configuration { schemas: FlowSchema[]; levels: Map<string, PriorityLevelConfiguration> }

/** What holds of the stored objects: broken levels and schemas without a level count for nothing, the mandatory ones are always there. Pure. */
export function digest(storedSchemas: FlowSchema[], storedLevels: PriorityLevelConfiguration[]): Configuration {
  const levels = new Map<string, PriorityLevelConfiguration>();
  for (const level of storedLevels) if (isWhole(level)) levels.set(level.metadata?.name ?? '', level);
  const schemas = storedSchemas.filter(({ spec }) => levels.has(spec.priorityLevelConfiguration.name));
  for (const name of ALWAYS) {
    if (!levels.has(name)) levels.set(name, named(priorityLevels(), name));
    if (!schemas.some((schema) => schema.metadata?.name === name)) schemas.push(named(flowSchemas(), name));
  }
  return { schemas: inPrecedence(schemas), levels };
}

function isWhole({ metadata, spec }: PriorityLevelConfiguration): boolean {
  const exempt = spec?.type === 'Exempt';
  if (!spec || exempt !== (metadata?.name === 'exempt') || exempt !== (spec.exempt !== undefined) || (spec.type === 'Limited') !== (spec.limited !== undefined)) return false;
  return exempt || (spec.limited?.limitResponse.type === 'Queue') === (spec.limited?.limitResponse.queuing !== undefined);
}

export function queueConfigOf({ spec }: PriorityLevelConfiguration): QueueConfig {
  if (spec?.type === 'Exempt') return { type: 'exempt' };
  const queuing = spec?.limited?.limitResponse.queuing;
  if (!queuing) return { type: 'refuse' };
  return { type: 'queue', queues: queuing.queues ?? 64, handSize: queuing.handSize ?? 8, queueLengthLimit: queuing.queueLengthLimit ?? 50 };
}

export function sharesOf(name: string, { spec }: PriorityLevelConfiguration): LevelShares {
  const exempt = spec?.type === 'Exempt';
  const part = exempt ? spec?.exempt : spec?.limited;
  return {
    name, exempt, nominalShares: part?.nominalConcurrencyShares ?? (exempt ? 0 : 30), lendablePercent: part?.lendablePercent ?? 0,
    borrowingLimitPercent: spec?.limited?.borrowingLimitPercent,
  };
}

/** A request asks for no more than this part of its level, and leaves room for the other queues of a hand. */
export function widestSeats(config: QueueConfig, nominal: number): number | undefined {
  if (config.type !== 'queue') return undefined;
  return Math.max(1, Math.min(Math.ceil(nominal * 0.15), Math.floor(nominal / config.handSize)));
}
