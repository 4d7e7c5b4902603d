import type { OutgoingEvent } from '../request/call.ts';

/** `sizes` are those of the objects, event by event. */
export interface Frames { bytes: Uint8Array; sizes: number[] }

interface Batch extends Frames { form: string; events: OutgoingEvent[] }

const KEPT_BATCHES = 4;
const KEPT_BYTES = 256 * 1024;
const recent: Batch[] = [];

/**
 * The bytes of a batch of events, made once for all watchers that are told of it in the same form: after a commit, most watchers of a
 * resource are. Only the last few batches are kept, and only as long as no others push them out.
 */
export function sharedFrames(form: string, events: OutgoingEvent[], frame: (event: OutgoingEvent) => { bytes: Uint8Array; size: number }): Frames {
  const known = recent.find((batch) => batch.form === form && sameEvents(batch.events, events));
  if (known) return known;
  const frames = events.map(frame);
  const sizes = frames.map(({ size }) => size);
  const bytes = frames.length === 1 ? (frames[0] as { bytes: Uint8Array }).bytes : Buffer.concat(frames.map((each) => each.bytes));
  if (bytes.length <= KEPT_BYTES) {
    recent.unshift({ form, events, bytes, sizes });
    recent.length = Math.min(recent.length, KEPT_BATCHES);
  }
  return { bytes, sizes };
}

/** Events of the store are the same when they tell of the same revision; others stand alone. */
function sameEvents(left: OutgoingEvent[], right: OutgoingEvent[]): boolean {
  return left.length === right.length && left.every((event, index) => {
    const other = right[index] as OutgoingEvent;
    return event.type === other.type && 'stored' in event && 'stored' in other && event.stored === other.stored;
  });
}
