import type { KindRules } from '../../kind-rules.ts';
import { rulesOf } from '../common/rules.ts';
import { defaultPod } from './defaults.ts';
import { podGraceSeconds, podSelectableFields, preparePodForCreate, preparePodForUpdate, preparePodStatusUpdate } from './strategy.ts';
import type { Pod } from './types.ts';
import { validatePod } from './validate.ts';
import { validatePodStatusUpdate } from './validate-status.ts';
import { validatePodUpdate } from './validate-update.ts';
import { nameWarnings, podStatusWarnings, podWarnings } from './warnings.ts';

export const podRules: KindRules = rulesOf<Pod>({
  default: defaultPod,
  prepareForCreate: preparePodForCreate,
  prepareForUpdate: preparePodForUpdate,
  prepareForStatusUpdate: preparePodStatusUpdate,
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  // People seldom change pods, programs often.
  warnings: (pod, old) => (old ? [] : [...nameWarnings(pod.metadata?.name, "the Pod's hostname"), ...podWarnings(pod)]),
  statusWarnings: podStatusWarnings,
  selectableFields: podSelectableFields,
  graceSeconds: podGraceSeconds,
});
