import type { Container, Pod, PodSpec } from '../../../../schema/v1.37/types/core-v1.ts';
import { isExtendedResource } from '../../../api/kinds/common/resource-names.ts';
import { forbidden, StatusError } from '../../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../contracts.ts';
import { concerns, forbid } from '../attributes.ts';
import { addToleration } from './tolerations.ts';

const ALWAYS = 'Always';
const HOSTNAME = 'kubernetes.io/hostname';

function containersOf(spec: PodSpec | undefined): { container: Container; path: string }[] {
  const listed = (field: string, containers: Container[] | undefined): { container: Container; path: string }[] =>
    (containers ?? []).map((container, index) => ({ container, path: `spec.${field}[${index}]` }));
  return [
    ...listed('initContainers', spec?.initContainers), ...listed('containers', spec?.containers),
    ...listed('ephemeralContainers', spec?.ephemeralContainers as Container[] | undefined),
  ];
}

function namesNewImage({ operation, object, oldObject }: AdmissionAttributes): boolean {
  if (operation !== 'UPDATE') return true;
  const before = new Set(containersOf((oldObject as Pod).spec).map(({ container }) => container.image));
  return containersOf((object as Pod).spec).some(({ container }) => !before.has(container.image));
}

/** Whoever uses an image must be allowed to pull it: what another one pulled to the node does not count. */
export function alwaysPullImages(): AdmissionPlugin {
  return {
    name: 'AlwaysPullImages',
    handles: (attributes) => concerns(attributes, 'pods', 'CREATE', 'UPDATE') && namesNewImage(attributes),
    admit({ object }) {
      const { spec } = object as Pod;
      for (const { container } of containersOf(spec)) container.imagePullPolicy = ALWAYS;
      for (const { image } of spec?.volumes ?? []) if (image) image.pullPolicy = ALWAYS;
    },
    validate(attributes) {
      const { spec } = attributes.object as Pod;
      const volumes = (spec?.volumes ?? []).map(({ image }, index) => ({ path: `spec.volumes[${index}].image.pullPolicy`, policy: image ? image.pullPolicy : ALWAYS }));
      const found = [...containersOf(spec).map(({ container, path }) => ({ path: `${path}.imagePullPolicy`, policy: container.imagePullPolicy })), ...volumes]
        .filter(({ policy }) => policy !== ALWAYS)
        .map(({ path, policy }) => forbid(attributes, `${path}: Unsupported value: ${JSON.stringify(policy ?? '')}: supported values: "${ALWAYS}"`).message);
      if (found.length > 0) throw new StatusError(500, '', found.length === 1 ? found[0]! : `[${found.join(', ')}]`);
    },
  };
}

/** Pods keep away from each other only on the level of nodes: a whole zone cannot be taken by one. */
export function limitPodHardAntiAffinityTopology(): AdmissionPlugin {
  return {
    name: 'LimitPodHardAntiAffinityTopology',
    handles: (attributes) => concerns(attributes, 'pods', 'CREATE', 'UPDATE'),
    validate({ object }) {
      const terms = (object as Pod).spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
      const other = terms.find(({ topologyKey }) => topologyKey !== HOSTNAME);
      if (!other) return;
      throw forbidden('', 'pods', object?.metadata?.name ?? '', `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${other.topologyKey} but only key ${HOSTNAME} is allowed`);
    },
  };
}

/** Nodes with special devices are kept free by a taint of the resource's name: who asks for the resource tolerates it. */
export function extendedResourceToleration(): AdmissionPlugin {
  return {
    name: 'ExtendedResourceToleration',
    handles: (attributes) => concerns(attributes, 'pods', 'CREATE', 'UPDATE'),
    admit({ object }) {
      const { spec } = object as Pod;
      if (!spec) return;
      const asked = [...spec.containers ?? [], ...spec.initContainers ?? []].flatMap(({ resources }) => Object.keys(resources?.requests ?? {})).filter(isExtendedResource);
      for (const key of [...new Set(asked)].sort()) spec.tolerations = addToleration(spec.tolerations ?? [], { key, operator: 'Exists', effect: 'NoSchedule' });
    },
  };
}
