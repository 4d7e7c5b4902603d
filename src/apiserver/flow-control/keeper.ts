import type { FlowSchema } from '../../../schema/v1.37/types/flowcontrol-v1.ts';
import { formatTime, type Timer } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { flowSchemas, priorityLevels } from '../bootstrap/flow-control.ts';
import { applyStatusAsServer, deleteAsServer, ensureAsServer, updateAsServer } from '../bootstrap/as-server.ts';
import type { ServerContext } from '../context.ts';
import { sameJson } from '../metadata/equal.ts';
import { digest, FLOW_CONTROL } from './configuration.ts';

const PATH = `/apis/${FLOW_CONTROL}/v1`;
const PRODUCER = 'api-priority-and-fairness-config-producer-v1';
const CONSUMER = 'api-priority-and-fairness-config-consumer-v1';
const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';
const MANDATORY = new Set(['exempt', 'catch-all']);
const LOOK_MILLISECONDS = 1000;
const KEEP_MILLISECONDS = 60_000;

/** Whether an object of ours is still ours to keep, by its annotation; without one, as long as nobody has changed it. */
export function isKept({ metadata }: KubernetesObject): boolean {
  const value = metadata?.annotations?.[AUTO_UPDATE];
  return value === undefined ? metadata?.generation === 1 : value === 'true';
}

/** What the object should be; undefined when it is that already. Pure. */
export function revised(current: KubernetesObject, wanted: KubernetesObject): KubernetesObject | undefined {
  const kept = MANDATORY.has(current.metadata?.name ?? '') || isKept(current);
  const annotated = current.metadata?.annotations?.[AUTO_UPDATE] === String(kept);
  const specChanged = kept && !sameJson(current['spec'], wanted['spec']);
  if (annotated && !specChanged) return undefined;
  const annotations = { ...current.metadata?.annotations, [AUTO_UPDATE]: String(kept) };
  return { ...current, metadata: { ...current.metadata, annotations }, ...(specChanged ? { spec: wanted['spec'] } : {}) };
}

/** The Dangling condition a schema should have; undefined when it has it. Pure. */
export function danglingCondition(schema: FlowSchema, levelExists: boolean): object | undefined {
  const level = schema.spec.priorityLevelConfiguration.name;
  const wanted = levelExists
    ? { type: 'Dangling', status: 'False', reason: 'Found', message: `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} and it exists` }
    : { type: 'Dangling', status: 'True', reason: 'NotFound', message: `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} but there is no such object` };
  const current = schema.status?.conditions?.find(({ type }) => type === 'Dangling');
  return current?.status === wanted.status && current.reason === wanted.reason && current.message === wanted.message ? undefined : wanted;
}

export interface FlowControlKeeper {
  start(): void;
  /** Mends what is missing or changed, at once. */
  keep(): Promise<void>;
  stop(): void;
}

/** Keeps the mandatory and suggested objects as they should be, once a minute, and the schemas' conditions true, soon after a change. */
export function createFlowControlKeeper(context: ServerContext): FlowControlKeeper {
  const { objects, clock, log } = context;
  let seen = [-1, -1];
  let kept = clock.monotonic();
  let timer: Timer | undefined;
  let stopped = false;

  async function keepObjects(resource: string, wanted: KubernetesObject[]): Promise<void> {
    for (const object of wanted) {
      const current = objects.get(FLOW_CONTROL, resource, '', object.metadata?.name ?? '');
      if (!current) await ensureAsServer(context, `${PATH}/${resource}`, object, { manager: PRODUCER });
      else if (revised(current, object)) await updateAsServer(context, `${PATH}/${resource}/${object.metadata?.name}`, PRODUCER, (old) => revised(old, object) ?? old);
    }
    const names = new Set(wanted.map((object) => object.metadata?.name));
    for (const { metadata } of [...objects.list(FLOW_CONTROL, resource)]) {
      if (!names.has(metadata?.name) && metadata?.annotations?.[AUTO_UPDATE] === 'true') await deleteAsServer(context, `${PATH}/${resource}/${metadata.name}`);
    }
  }

  async function keep(): Promise<void> {
    kept = clock.monotonic();
    await keepObjects('prioritylevelconfigurations', priorityLevels());
    await keepObjects('flowschemas', flowSchemas());
    await tellConditions();
  }

  async function tellConditions(): Promise<void> {
    const schemas = [...objects.list(FLOW_CONTROL, 'flowschemas')] as unknown[] as FlowSchema[];
    const { levels } = digest([], [...objects.list(FLOW_CONTROL, 'prioritylevelconfigurations')] as never[]);
    for (const schema of schemas) {
      const condition = danglingCondition(schema, levels.has(schema.spec.priorityLevelConfiguration.name));
      const name = schema.metadata?.name ?? '';
      if (condition) await applyStatusAsServer(context, `${PATH}/flowschemas/${name}`, CONSUMER, { conditions: [{ ...condition, lastTransitionTime: formatTime(clock.now()) }] });
    }
  }

  async function look(): Promise<void> {
    if (clock.monotonic() - kept > KEEP_MILLISECONDS) await keep();
    const now = [objects.revision(FLOW_CONTROL, 'flowschemas'), objects.revision(FLOW_CONTROL, 'prioritylevelconfigurations')];
    if (now[0] === seen[0] && now[1] === seen[1]) return;
    seen = now;
    await tellConditions();
  }

  function schedule(): void {
    timer = clock.after(LOOK_MILLISECONDS, () => {
      look().catch((error: unknown) => {
        seen = [-1, -1];
        if (!stopped) log.warn('flow control could not be kept', { error });
      }).finally(() => { if (!stopped) schedule(); });
    });
  }

  return {
    start: schedule,
    keep,
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}
