import type { ResourceInfo, Schema, SubresourceInfo, Scheme } from '../../api/schema.ts';
import { definitionSchema } from '../../api/schema-tables.ts';
import { PATCH_TYPES } from '../verbs/patch-types.ts';
import { customTypeName, writeCustomTypes } from './custom-schema.ts';
import { groupName, pascal, tagOf } from './names.ts';
import { DELETE, DELETE_COLLECTION, LIST, NAME, NAMESPACE, PATCH, PRETTY, PROXIED_PATH, type Parameter, WRITE, optionParameters } from './parameters.ts';
import type { Method, Operation } from './path-form.ts';
import type { SchemaWriter } from './schema-writer.ts';

type Json = Record<string, unknown>;
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const OBJECTS = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const WATCHED = [...OBJECTS, 'application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];
const CUSTOM_OBJECTS = ['application/json', 'application/yaml'];
const ANYTHING = ['*/*'];
const TEXT = { type: 'string' };

/** verb -> HTTP method, how the operation is called, what it takes and gives. */
interface Shape { method: Method; verb: string; action: string; parameters: Parameter[]; body?: 'object' | 'patch' | 'delete' | undefined; answer: 'object' | 'list' | 'status'; codes: number[] }
const COLLECTION: Record<string, Shape> = {
  list: { method: 'get', verb: 'list', action: 'list', parameters: LIST, answer: 'list', codes: [200] },
  create: { method: 'post', verb: 'create', action: 'post', parameters: WRITE, body: 'object', answer: 'object', codes: [200, 201, 202] },
  deletecollection: { method: 'delete', verb: 'delete', action: 'deletecollection', parameters: DELETE_COLLECTION, body: 'delete', answer: 'status', codes: [200] },
};
const ITEM: Record<string, Shape> = {
  get: { method: 'get', verb: 'read', action: 'get', parameters: [], answer: 'object', codes: [200] },
  update: { method: 'put', verb: 'replace', action: 'put', parameters: WRITE, body: 'object', answer: 'object', codes: [200, 201] },
  delete: { method: 'delete', verb: 'delete', action: 'delete', parameters: DELETE, body: 'delete', answer: 'status', codes: [200, 202] },
  patch: { method: 'patch', verb: 'patch', action: 'patch', parameters: PATCH, body: 'patch', answer: 'object', codes: [200, 201] },
};
/** Custom resources know fewer options and name their forms. */
const CUSTOM: Record<string, Partial<Shape>> = {
  get: { parameters: LIST.filter(({ name }) => name === 'resourceVersion') }, patch: { codes: [200] }, deletecollection: { parameters: LIST, body: undefined },
};
const CREATE = { create: COLLECTION['create'] as Shape };
const CONNECTED: [verb: string, methods: Method[]][] = [
  ['get', ['get']], ['update', ['put']], ['create', ['post']], ['delete', ['delete']], ['proxy', ['options', 'head']], ['patch', ['patch']],
];
/** Kinds whose deletion answers with the object even when it is gone at once. */
const DELETED_AS_OBJECTS = new Set([
  ...['pods', 'podtemplates', 'persistentvolumes', 'persistentvolumeclaims', 'services', 'serviceaccounts', 'resourcequotas'].map((name) => `/${name}`),
  ...['csidrivers', 'csinodes', 'storageclasses', 'volumeattachments', 'volumeattributesclasses'].map((name) => `storage.k8s.io/${name}`),
  ...['deviceclasses', 'resourceclaims', 'resourceclaimtemplates', 'resourceslices'].map((name) => `resource.k8s.io/${name}`),
]);

interface Place { info: ResourceInfo; sub?: SubresourceInfo; scope: Parameter[]; suffix: string }

/** The paths of a resource and what can be done at each. */
export class ResourcePaths {
  readonly paths = new Map<string, Operation[]>();
  private readonly scheme: Scheme;
  private readonly writer: SchemaWriter;

  constructor(scheme: Scheme, writer: SchemaWriter) {
    this.scheme = scheme;
    this.writer = writer;
  }

  add(info: ResourceInfo): void {
    if (!info.builtIn) writeCustomTypes(this.writer, info);
    const root = info.group ? `/apis/${info.group}/${info.version}` : `/api/${info.version}`;
    const scoped = info.namespaced ? `namespaces/{namespace}/${info.resource}` : info.resource;
    const scope = info.namespaced ? [NAMESPACE] : [];
    const verbs = (shapes: Record<string, Shape>, served: string[]): Shape[] => Object.keys(shapes).filter((verb) => served.includes(verb)).map((verb) => shapes[verb] as Shape);
    const put = (url: string, operations: Operation[]): void => { if (operations.length) this.paths.set(`${root}/${url}`, operations); };
    const all: Place = { info, scope: [], suffix: 'ForAllNamespaces' };
    if (info.namespaced && info.verbs.includes('list')) put(info.resource, [this.operation(all, COLLECTION['list'] as Shape)]);
    put(scoped, verbs(COLLECTION, info.verbs).map((shape) => this.operation({ info, scope, suffix: '' }, shape)));
    const item = [NAME, ...scope];
    put(`${scoped}/{name}`, verbs(ITEM, info.verbs).map((shape) => this.operation({ info, scope: item, suffix: '' }, shape)));
    for (const sub of info.subresources.values()) {
      const place: Place = { info, sub, scope: item, suffix: pascal(sub.name) };
      if (sub.kind.endsWith('Options')) {
        put(`${scoped}/{name}/${sub.name}`, this.connections(place, []));
        if (sub.name === 'proxy') put(`${scoped}/{name}/proxy/{path}`, this.connections({ ...place, suffix: 'ProxyWithPath' }, [PROXIED_PATH]));
      } else if (sub.name === 'log') put(`${scoped}/{name}/log`, [this.log(place)]);
      else put(`${scoped}/{name}/${sub.name}`, verbs({ ...ITEM, ...CREATE }, sub.verbs).map((shape) => this.operation(place, shape)));
    }
    if (!info.builtIn || !info.verbs.includes('watch')) return;
    if (info.namespaced) put(`watch/${info.resource}`, [this.watch(all, 'ListForAllNamespaces')]);
    put(`watch/${scoped}`, [this.watch({ info, scope, suffix: '' }, 'List')]);
    put(`watch/${scoped}/{name}`, [this.watch({ info, scope: item, suffix: '' }, '')]);
  }

  private operation(place: Place, usual: Shape): Operation {
    const { info, sub, scope } = place;
    const shape = info.builtIn ? usual : { ...usual, ...CUSTOM[usual.action] };
    const { group, version, kind } = info.builtIn ? sub ?? info : info;
    const objects = info.builtIn ? OBJECTS : CUSTOM_OBJECTS;
    const body = shape.body ? this.body(place, shape.body) : undefined;
    return {
      method: shape.method, id: idOf(place, shape), tag: tagOf(info), action: shape.action, about: { group, version, kind },
      parameters: [...shape.parameters, ...scope, PRETTY], ...(body ? { body } : {}), consumes: shape.body === 'patch' && body ? body.types : accepted(info),
      produces: shape.answer === 'list' && info.builtIn ? WATCHED : objects, answer: this.answer(place, shape), codes: shape.codes,
    };
  }

  private watch({ info, scope }: Place, suffix: string): Operation {
    const { group, version, kind } = info;
    return {
      method: 'get', id: `watch${groupName(group)}${pascal(version)}${scope.includes(NAMESPACE) ? 'Namespaced' : ''}${kind}${suffix}`, tag: tagOf(info),
      action: suffix ? 'watchlist' : 'watch', about: { group, version, kind }, parameters: [...LIST, ...scope, PRETTY], consumes: ANYTHING, produces: WATCHED,
      answer: this.meta('WatchEvent'), codes: [200],
    };
  }

  private log({ info, scope }: Place): Operation {
    const { group, version, kind } = info;
    return {
      method: 'get', id: 'readCoreV1NamespacedPodLog', tag: tagOf(info), action: 'get', about: { group, version, kind },
      parameters: [...optionParameters('PodLogOptions'), ...scope, PRETTY], consumes: ANYTHING, produces: ['text/plain', ...OBJECTS], answer: TEXT, codes: [200],
    };
  }

  /** Everything that is passed on: exec, attach, port-forward, proxy. */
  private connections({ info, sub, scope, suffix }: Place, further: Parameter[]): Operation[] {
    const { kind = '', verbs = [], name } = sub ?? {};
    const served = name === 'proxy' ? [...verbs, 'proxy'] : verbs;
    return CONNECTED.filter(([verb]) => served.includes(verb)).flatMap(([, methods]) => methods).map((method) => ({
      method, id: `connect${groupName(info.group)}${pascal(info.version)}${pascal(method)}${scope.includes(NAMESPACE) ? 'Namespaced' : ''}${info.kind}${suffix}`,
      tag: tagOf(info), action: 'connect', about: { group: info.group, version: info.version, kind },
      // The path behind proxy/ takes the place of nothing: both have the name `path`, one in the URL, one asked for.
      parameters: [...further, ...optionParameters(kind), ...scope], consumes: ANYTHING, produces: ANYTHING, answer: TEXT, codes: [200],
    }));
  }

  private body(place: Place, what: 'object' | 'patch' | 'delete'): NonNullable<Operation['body']> {
    if (what === 'object') return { schema: this.object(place), types: accepted(place.info), required: true };
    if (what === 'delete') return { schema: this.meta('DeleteOptions'), types: accepted(place.info), required: false, shared: 'delete' };
    if (!this.writer.types.has(`${META}.Patch`)) this.writer.types.set(`${META}.Patch`, { type: 'object' });
    const types = [PATCH_TYPES.json, PATCH_TYPES.merge, ...(place.info.builtIn ? [PATCH_TYPES.strategic] : []), PATCH_TYPES.apply];
    return { schema: this.writer.reference(`${META}.Patch`), types, required: true, shared: 'patch' };
  }

  private answer(place: Place, { answer, verb, action }: Shape): Json {
    const { info } = place;
    if (answer === 'list') return this.list(info);
    if (answer === 'status' && !(verb === 'delete' && action === 'delete' && DELETED_AS_OBJECTS.has(`${info.group}/${info.resource}`))) return this.meta('Status');
    return this.object(place);
  }

  private list(info: ResourceInfo): Json {
    if (!info.builtIn) return this.writer.reference(customTypeName(info, info.listKind));
    const schema = this.scheme.kindSchema(info.group, info.version, info.listKind);
    return schema ? this.writer.write(schema) : TEXT;
  }

  private object({ info, sub }: Place): Json {
    if (!info.builtIn && (!sub || sub.kind === info.kind)) return this.writer.reference(customTypeName(info, info.kind));
    const { group, version, kind } = sub ?? info;
    const schema = this.scheme.kindSchema(group, version, kind);
    return schema ? this.writer.write(schema) : TEXT;
  }

  private meta(kind: string): Json {
    return this.writer.write(definitionSchema(`${META}.${kind}`) as Schema);
  }
}

function accepted(info: ResourceInfo): string[] {
  return info.builtIn ? ANYTHING : CUSTOM_OBJECTS;
}

/** `replaceAppsV1NamespacedDeploymentScale` */
function idOf({ info, scope, suffix }: Place, { verb, action }: Shape): string {
  const collection = action === 'deletecollection' ? 'Collection' : '';
  const namespaced = scope.includes(NAMESPACE) ? 'Namespaced' : '';
  return `${verb}${groupName(info.group)}${pascal(info.version)}${collection}${namespaced}${info.kind}${suffix}`;
}
