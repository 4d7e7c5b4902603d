import { applyConfiguration, resetFields, trackUpdate, type ApplyContext } from '../api/patch/apply/index.ts';
import type { FieldTracker, FieldWrite } from '../apiserver/context.ts';

function contextOf({ info, manager, subresource, now }: FieldWrite): ApplyContext {
  return {
    apiVersion: info.group ? `${info.group}/${info.version}` : info.version, kind: info.kind, schema: info.schema, subresource, manager, time: now,
    resetFields: resetFields(info, subresource),
  };
}

/** The API server's bookkeeping of who owns which field. */
export const fieldTracker: FieldTracker = {
  track(write) {
    const managedFields = trackUpdate(write.old, write.object, contextOf(write));
    if (managedFields === write.object.metadata?.managedFields) return write.object;
    return { ...write.object, metadata: { ...write.object.metadata, managedFields } };
  },
  apply: (write) => applyConfiguration(write.old, write.object, write.force, contextOf(write)).object,
};
