import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo, Scheme } from '../../api/schema.ts';
import type { AdmissionAttributes } from '../contracts.ts';

/** How an object changes between the versions of its kind. */
export interface Conversion {
  scheme?: Scheme;
  convert?(object: KubernetesObject, to: ResourceInfo): KubernetesObject | Promise<KubernetesObject>;
}

const versionOf = ({ group, version }: ResourceInfo): string => (group ? `${group}/${version}` : version);

/** The object in the version of `info`. Objects of other kinds (Scale, Binding, options of a connection) stay as they are. */
async function inVersion(object: KubernetesObject | undefined, info: ResourceInfo, { convert }: Conversion): Promise<KubernetesObject | undefined> {
  if (!object || !convert || !object.apiVersion || object.apiVersion === versionOf(info)) return object;
  return object.kind === info.kind ? convert(object, info) : object;
}

/** The request with its objects in the form a webhook or policy asked for; the server may hold them in the stored version. */
export async function inForm(attributes: AdmissionAttributes, info: ResourceInfo, conversion: Conversion): Promise<AdmissionAttributes> {
  const [object, oldObject] = [await inVersion(attributes.object, info, conversion), await inVersion(attributes.oldObject, info, conversion)];
  return object === attributes.object && oldObject === attributes.oldObject ? attributes : { ...attributes, object, oldObject };
}

/** A changed object in the version the server held it in. */
export async function backToForm(changed: KubernetesObject, held: KubernetesObject | undefined, info: ResourceInfo, conversion: Conversion): Promise<KubernetesObject> {
  if (!held?.apiVersion || held.apiVersion === changed.apiVersion) return changed;
  const home = conversion.scheme?.resources().find((one) => one.resource === info.resource && versionOf(one) === held.apiVersion);
  return home ? (await inVersion(changed, home, conversion)) ?? changed : changed;
}
