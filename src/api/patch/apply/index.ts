/** Server-side apply and the tracking of who owns which field. */
export type { ApplyContext } from './ownership.ts';
export type { KindVersions } from './versions.ts';
export { applyConfiguration, checkConfiguration, conversionError, type ApplyResult } from './apply.ts';
export { applyFindings } from './check-config.ts';
export { resetFields } from './reset-fields.ts';
export { scaleManagers, withScaleManagers, type ReplicasPath } from './scale.ts';
export { managerName, trackUpdate } from './track.ts';
export type { FieldSet } from './field-set.ts';
