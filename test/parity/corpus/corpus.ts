import type { ResourceTable } from '../../../src/api/schema-tables.ts';
import type { Scenario, Step } from '../scenario.ts';
import { subjectOf, type Subject } from './common.ts';
import { createSteps } from './create.ts';
import { deleteSteps } from './delete.ts';
import { applySteps, patchSteps } from './patch.ts';
import { podSpecSteps } from './pod-specs.ts';
import { readSteps } from './read.ts';
import { specialSteps } from './special.ts';
import { subresourceSteps } from './subresources.ts';
import { updateSteps } from './update.ts';

const STORED: Record<string, (subject: Subject) => Step[]> = { read: readSteps, update: updateSteps, patch: patchSteps, apply: applySteps, delete: deleteSteps, subresources: subresourceSteps };

/** Every verb on a resource. */
export function corpusOf(resource: ResourceTable, namespace: string): Scenario[] {
  const subject = subjectOf(resource, namespace);
  const parts = { create: createSteps, special: specialSteps, specs: podSpecSteps, ...(resource.verbs.includes('get') ? STORED : {}) };
  return Object.entries(parts).map(([name, steps]) => ({ kind: kindName(resource), name, start: subject.valid(), steps: steps(subject) })).filter(({ steps }) => steps.length > 0);
}

/** Kinds that several groups or versions have carry those. */
export function kindName({ group, version, kind }: ResourceTable): string {
  return kind === 'Event' || kind === 'HorizontalPodAutoscaler' ? `${kind}.${version}.${group || 'core'}` : kind;
}
