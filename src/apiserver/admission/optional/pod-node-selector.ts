import type { Pod } from '../../../../schema/v1.37/types/core-v1.ts';
import { labelValue, qualifiedName } from '../../../api/kinds/common/formats.ts';
import { forbidden, notFound, StatusError } from '../../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../../contracts.ts';
import { concerns } from '../attributes.ts';
import { findNamespace } from '../namespace-lifecycle.ts';

const ANNOTATION = 'scheduler.alpha.kubernetes.io/node-selector';
const CLUSTER_DEFAULT = 'clusterDefaultNodeSelector';

type Labels = Record<string, string>;

function refuseLabel(path: string, value: string, messages: readonly string[]): void {
  if (messages.length > 0) throw new StatusError(500, '', `${path}: Invalid value: ${JSON.stringify(value)}: ${messages.join('; ')}`);
}

/** `a=b,c=d`. Throws StatusError for what is no such list. */
export function readLabels(text: string | undefined): Labels {
  const labels: Labels = {};
  for (const entry of text ? text.split(',') : []) {
    const parts = entry.split('=');
    if (parts.length !== 2) throw new StatusError(500, '', `invalid selector: [${parts.join(' ')}]`);
    const [key, value] = parts.map((part) => part.trim()) as [string, string];
    refuseLabel('<nil>', key, qualifiedName(key));
    refuseLabel(`[${key}]`, value, labelValue(value));
    labels[key] = value;
  }
  return labels;
}

const conflicts = (one: Labels, other: Labels): boolean => Object.entries(one).some(([key, value]) => other[key] !== undefined && other[key] !== value);

/** Pods of a namespace go to the nodes that its annotation names, and nowhere else. `selectors`: by namespace, the labels that pods may ask for; and the cluster's default. */
export function podNodeSelector(reader: ObjectReader, selectors: Record<string, string> = {}): AdmissionPlugin {
  const refuse = (pod: Pod, message: string): never => { throw forbidden('', 'pods', pod.metadata?.name ?? '', message); };

  async function selectorOf({ namespace }: AdmissionAttributes): Promise<Labels> {
    const found = await findNamespace(reader, namespace);
    if (!found) throw notFound('', 'namespaces', namespace);
    return readLabels(found.metadata?.annotations?.[ANNOTATION] ?? selectors[CLUSTER_DEFAULT]);
  }

  async function validate(attributes: AdmissionAttributes): Promise<void> {
    const pod = attributes.object as Pod;
    const chosen = pod.spec?.nodeSelector ?? {};
    if (conflicts(await selectorOf(attributes), chosen)) refuse(pod, 'pod node label selector conflicts with its namespace node label selector');
    const allowed = readLabels(selectors[attributes.namespace]);
    const outside = Object.keys(allowed).length > 0 && Object.entries(chosen).some(([key, value]) => allowed[key] !== value);
    if (outside) refuse(pod, 'pod node label selector labels conflict with its namespace whitelist');
  }

  return {
    name: 'PodNodeSelector',
    handles: (attributes) => concerns(attributes, 'pods', 'CREATE'),
    async admit(attributes) {
      const pod = attributes.object as Pod;
      const wanted = await selectorOf(attributes);
      if (conflicts(wanted, pod.spec?.nodeSelector ?? {})) refuse(pod, 'pod node label selector conflicts with its namespace node label selector');
      const merged = { ...wanted, ...pod.spec?.nodeSelector };
      if (pod.spec && Object.keys(merged).length > 0) pod.spec.nodeSelector = merged;
      await validate(attributes);
    },
    validate,
  };
}
