import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { ListAnswer } from '../request/call.ts';

interface SharedList { form: string; metadata: string; items: CachedObject[]; bytes: Uint8Array }

const KEPT_LISTS = 8;
/** What is shorter is made as fast as it is found. */
const LEAST_ITEMS = 50;
const recent: WeakRef<SharedList>[] = [];

/**
 * The bytes of a list, made once for all who ask for the same while they are on their way to somebody: when a cluster's clients start or come
 * back, each of them lists everything. The garbage collector takes what nobody is sent any more.
 */
export function sharedList(form: string, answer: ListAnswer, make: () => Uint8Array): Uint8Array {
  const { items } = answer;
  if (items.length < LEAST_ITEMS) return make();
  const metadata = JSON.stringify(answer.metadata);
  for (const reference of recent) {
    const known = reference.deref();
    if (known && known.form === form && known.metadata === metadata && sameItems(known.items, items)) return known.bytes;
  }
  const bytes = make();
  recent.unshift(new WeakRef({ form, metadata, items, bytes }));
  recent.length = Math.min(recent.length, KEPT_LISTS);
  return bytes;
}

/** The same revisions of the same objects. */
function sameItems(left: CachedObject[], right: CachedObject[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}
