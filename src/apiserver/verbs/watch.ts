import type { KubernetesObject } from '../../api/object.ts';
import { emptyObject } from '../../api/codec/zero.ts';
import { StatusError } from '../../api/status.ts';
import { CompactedError } from '../../storage/storage.ts';
import { TooOldError, type HubWatcher, type HubWatchOptions, type WatchHub } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import type { Answer, Call, WatchControl, WatchOutput } from '../request/call.ts';
import { listParameters, type ListParameters } from '../request/options.ts';
import { selection, type Selection } from '../request/selection.ts';
import { groupVersion } from '../registry/versions.ts';
import { ConvertedOutput } from './converted-output.ts';
import { waitFor } from './get.ts';

export async function watchVerb(context: ServerContext, call: Call): Promise<Answer> {
  const parameters = listParameters(call.info.query, true);
  const chosen = selection(context, call, parameters);
  const hub = await (parameters.resourceVersion ? context.store.loaded(call.resource) : context.store.fresh(call.resource));
  if (parameters.sendInitialEvents) await waitFor(hub, parameters.resourceVersion);
  const { afterConversion } = chosen;
  return {
    type: 'watch',
    run(output) {
      if (!afterConversion) return runWatch(context, call, hub, parameters, chosen, output);
      const converted = new ConvertedOutput(context, call, afterConversion, output, () => control.resume());
      const control = runWatch(context, call, hub, parameters, chosen, converted);
      return control;
    },
  };
}

/** Where a watch starts: with all there is, or after a revision. */
export function startOf(parameters: ListParameters, current: number): HubWatchOptions['start'] {
  const { sendInitialEvents, resourceVersion } = parameters;
  const unset = resourceVersion === '' || resourceVersion === '0';
  if (sendInitialEvents ?? unset) return 'state';
  return { afterRevision: unset ? current : Number(resourceVersion) };
}

function runWatch(context: ServerContext, call: Call, hub: WatchHub, parameters: ListParameters, chosen: Selection, output: WatchOutput): WatchControl {
  const bookmarks = parameters.allowWatchBookmarks;
  const start = startOf(parameters, hub.revision());
  let over = false;
  const counter = context.watchMetrics.of(call.resource);
  let initial = start === 'state';
  const finish = (): void => {
    over = true;
    timer.cancel();
  };
  const watcher: HubWatcher = hub.watch({
    ...chosen.scope, start, bookmarks,
    ...(chosen.filter ? { filter: chosen.filter } : {}), ...(chosen.indexValue ? { indexValue: chosen.indexValue } : {}),
    sink: {
      events: (events) => {
        if (initial) counter.initial += events.length;
        return output.events(events.map(({ type, cached }) => ({ type, stored: cached })));
      },
      synced: (revision) => {
        initial = false;
        call.onWatchStarted?.();
        if (bookmarks && parameters.sendInitialEvents) output.events([{ type: 'BOOKMARK', object: bookmark(call, revision, true) }]);
      },
      bookmark: (revision) => { output.events([{ type: 'BOOKMARK', object: bookmark(call, revision, false) }]); },
      ended: (error) => {
        finish();
        const status = watchError(error);
        if (status) output.events([{ type: 'ERROR', object: status }]);
        output.end();
      },
    },
  });
  if (start !== 'state') call.onWatchStarted?.();
  const timer = context.clock.after(lifetime(context, parameters), () => {
    if (over) return;
    finish();
    watcher.stop();
    output.end();
  });
  return {
    resume: () => { if (!over) watcher.resume(); },
    stop: () => {
      if (over) return;
      finish();
      watcher.stop();
    },
  };
}

function lifetime(context: ServerContext, parameters: ListParameters): number {
  if (parameters.timeoutSeconds > 0) return parameters.timeoutSeconds * 1000;
  return context.flags.minRequestTimeoutSeconds * 1000 * (1 + context.random.fraction());
}

function bookmark(call: Call, revision: number, initialEnd: boolean): KubernetesObject {
  const annotations = initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const { schema, builtIn } = call.resource;
  return { ...builtIn ? emptyObject(schema) : {}, kind: call.resource.kind, apiVersion: groupVersion(call.resource), metadata: { resourceVersion: String(revision), ...annotations } };
}

/** The Status for the ERROR event; none when the server merely closes. */
function watchError(error: Error): KubernetesObject | undefined {
  if (error instanceof TooOldError) return expired(error.message);
  if (error instanceof CompactedError) return expired('The resourceVersion for the provided watch is too old.');
  return undefined;
}

function expired(message: string): KubernetesObject {
  return new StatusError(410, 'Expired', message).toStatus() as unknown as KubernetesObject;
}
