import { formatTime } from '../../base/clock.ts';
import type { LevelRequest, Queue, QueueSet } from './queue-set.ts';

export interface DumpedLevel { name: string; quiescing: boolean; set: QueueSet }

/** Cells in aligned columns, commas behind all but the last: upstream's form. */
function table(rows: (string | number | boolean)[][]): string {
  const texts = rows.map((row) => row.map((cell, index) => `${cell}${index < row.length - 1 ? ',' : ''}`));
  const widths = (texts[0] ?? []).map((_, column) => Math.max(8, ...texts.map((row) => (row[column] ?? '').length + 1)));
  return texts.map((row) => `${row.map((cell, index) => (index < row.length - 1 ? cell.padEnd(widths[index] as number) : cell)).join('')}\n`).join('');
}

export function dumpLevels(levels: DumpedLevel[]): string {
  const rows = levels.map(({ name, quiescing, set }) => [
    name, set.queues.filter((queue) => queue.waiting.size > 0).length, set.idle, quiescing, set.waiting, set.executing,
    set.counts.dispatched, set.counts.rejected, set.counts.timedOut, set.counts.cancelled,
  ]);
  return table([[
    'PriorityLevelName', 'ActiveQueues', 'IsIdle', 'IsQuiescing', 'WaitingRequests', 'ExecutingRequests', 'DispatchedRequests', 'RejectedRequests',
    'TimedoutRequests', 'CancelledRequests',
  ], ...rows]);
}

const seatSeconds = (value: number): string => `${value.toFixed(8)}ss`;

export function dumpQueues(levels: DumpedLevel[]): string {
  const row = (name: string, queue: Queue, index: number): (string | number)[] => {
    const initial = [...queue.waiting].reduce((sum, { work }) => sum + work.initialSeats, 0);
    return [name, index, queue.waiting.size, queue.executing.size, queue.seatsInUse, seatSeconds(queue.nextDispatchR), initial, queue.seatsWaiting, seatSeconds(queue.work)];
  };
  return table([
    ['PriorityLevelName', 'Index', 'PendingRequests', 'ExecutingRequests', 'SeatsInUse', 'NextDispatchR', 'InitialSeatsSum', 'MaxSeatsSum', 'TotalWorkSum'],
    ...levels.flatMap(({ name, set }) => set.queues.map((queue, index) => row(name, queue, index))),
  ]);
}

/** @param wallClock milliseconds since the epoch of a second of the sets' clock */
export function dumpRequests(levels: DumpedLevel[], withDetails: boolean, wallClock: (seconds: number) => number): string {
  const time = (seconds: number): string => (seconds === 0 ? '0001-01-01T00:00:00Z' : `${formatTime(wallClock(seconds)).slice(0, -1)}.${String(Math.floor(wallClock(seconds) % 1000)).padStart(3, '0')}Z`);
  const row = (level: string, queue: number, place: number, { flowSchema, distinguisher, arrived, started, work, user, info }: LevelRequest): (string | number)[] => [
    level, flowSchema, queue, place, distinguisher, time(arrived), work.initialSeats, work.finalSeats, `${work.additionalSeconds === 0 ? '0s' : `${work.additionalSeconds * 1000}ms`}`, time(started),
    ...(withDetails ? [user.name, info.verb, info.path, info.namespace, info.name, info.group ? `${info.group}/${info.version}` : info.version, info.resource, info.subresource] : []),
  ];
  const rows = levels.flatMap(({ name, set }) => [
    ...set.queues.flatMap((queue, index) => [
      ...[...queue.waiting].map((request, place) => row(name, index, place, request)),
      ...[...queue.executing].map((request) => row(name, index, -1, request)),
    ]),
    ...[...set.queueless].map((request) => row(name, -1, -1, request)),
  ]);
  return table([[
    'PriorityLevelName', 'FlowSchemaName', 'QueueIndex', 'RequestIndexInQueue', 'FlowDistingsher', 'ArriveTime', 'InitialSeats', 'FinalSeats', 'AdditionalLatency', 'StartTime',
    ...(withDetails ? ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource'] : []),
  ], ...rows]);
}
