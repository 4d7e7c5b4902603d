import { isProtobuf, decodeProtobuf, encodeProtobuf } from '../../api/codec/protobuf.ts';
import { convertBuiltIn } from '../../api/conversion.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo, Schema, Scheme } from '../../api/schema.ts';
import { definitionNameOfKind, definitionSchema } from '../../api/schema-tables.ts';
import { definitionFromV1beta1 } from './stored-definition.ts';

export type Place = Pick<ResourceInfo, 'group' | 'resource'>;

/** How objects stand in the store: below which keys, as which bytes. */
export interface StoredForm {
  /** Ends in a slash. */
  prefix(place: Place): string;
  /** The resource that stands at a key, `secrets` or `deployments.apps`; undefined for what is none. */
  resourceAt(key: string): string | undefined;
  encode(object: KubernetesObject): Uint8Array;
  /** Throws for bytes that are no object. */
  decode(value: Uint8Array): KubernetesObject;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** naru's own: JSON under `/registry/<group or core>/<resource>/`. */
export const JSON_FORM: StoredForm = {
  prefix: ({ group, resource }) => `/registry/${group || 'core'}/${resource}/`,
  resourceAt(key) {
    const [, root, group, resource] = key.split('/', 4);
    return root === 'registry' && group && resource ? nameOf({ group: group === 'core' ? '' : group, resource }) : undefined;
  },
  encode: (object) => encoder.encode(JSON.stringify(object)),
  decode: (value) => JSON.parse(decoder.decode(value)) as KubernetesObject,
};

/** Keys that upstream has kept from its first days; all other built-in resources stand under their plain name. */
const OLD_KEYS: Record<string, string> = {
  'replicationcontrollers': 'controllers', 'endpoints': 'services/endpoints', 'nodes': 'minions', 'services': 'services/specs', 'ingresses.networking.k8s.io': 'ingress',
};
/** Served by what were servers of their own once: keys with the group, and JSON. */
const GROUPS_APART = ['apiextensions.k8s.io', 'apiregistration.k8s.io'];

/** Where upstream keeps the objects of a resource, below `root`. */
export function upstreamPrefix({ group, resource, builtIn }: Place & { builtIn: boolean }, root = '/registry'): string {
  if (GROUPS_APART.includes(group) || !builtIn) return `${root}/${group}/${resource}/`;
  return `${root}/${OLD_KEYS[nameOf({ group, resource })] ?? resource}/`;
}

/** Upstream's, so that its API server and naru's can work on one etcd: protobuf for built-in kinds, JSON for all others. */
export function upstreamForm(scheme: Scheme, root = '/registry'): StoredForm {
  const builtIn = scheme.resources().filter((info) => info.builtIn);
  const places = new Set(builtIn.map(({ group, resource }) => `${group}/${resource}`));
  const prefix = ({ group, resource }: Place): string => upstreamPrefix({ group, resource, builtIn: places.has(`${group}/${resource}`) }, root);
  const names = new Map(builtIn.map((info) => [prefix(info), nameOf(info)]));
  const storedVersions = new Map(builtIn.map(({ group, kind, storageVersion }) => [`${group}/${kind}`, group ? `${group}/${storageVersion}` : storageVersion]));
  return {
    prefix,
    resourceAt(key) {
      if (!key.startsWith(`${root}/`)) return undefined;
      const [first, second] = key.slice(root.length + 1).split('/', 2);
      if (!first || !second) return undefined;
      return names.get(`${root}/${first}/${second}/`) ?? names.get(`${root}/${first}/`) ?? nameOf({ group: first, resource: second });
    },
    encode(object) {
      const schema = GROUPS_APART.includes(groupOf(object)) ? undefined : builtInSchema(object.apiVersion ?? '', object.kind ?? '');
      return schema ? encodeProtobuf(object, schema) : JSON_FORM.encode(object);
    },
    decode(value) {
      const object = isProtobuf(value) ? decodeProtobuf(value, builtInSchema) : JSON_FORM.decode(value);
      if (object.apiVersion === 'apiextensions.k8s.io/v1beta1') return definitionFromV1beta1(object);
      const version = storedVersions.get(`${groupOf(object)}/${object.kind}`);
      return version ? convertBuiltIn(object, version) : object;
    },
  };
}

function nameOf({ group, resource }: Place): string {
  return group ? `${resource}.${group}` : resource;
}

function groupOf(object: KubernetesObject): string {
  const [group, version] = (object.apiVersion ?? '').split('/');
  return version === undefined ? '' : group as string;
}

function builtInSchema(apiVersion: string, kind: string): Schema | undefined {
  const slash = apiVersion.indexOf('/');
  const name = definitionNameOfKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind);
  return name ? definitionSchema(name) : kind === 'RangeAllocation' && slash < 0 ? definitionSchema('io.k8s.api.core.v1.RangeAllocation') : undefined;
}
