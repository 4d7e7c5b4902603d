import type { ResourceInfo, Schema, SubresourceInfo, Scheme } from '../../api/schema.ts';
import { definitionSchema } from '../../api/schema-tables.ts';
import { PATCH_TYPES } from '../verbs/patch-types.ts';
import { customTypeName, writeCustomTypes } from './custom-schema.ts';
import type { SchemaWriter } from './schema-writer.ts';

type Json = Record<string, unknown>;
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const PRODUCED = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const WATCHED = [...PRODUCED, 'application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];

interface Parameter { name: string; in: 'query' | 'path'; type: 'string' | 'integer' | 'boolean'; required?: boolean }
const query = (name: string, type: Parameter['type'] = 'string'): Parameter => ({ name, in: 'query', type });
const path = (name: string): Parameter => ({ name, in: 'path', type: 'string', required: true });
const PRETTY = query('pretty');
const WRITE = [query('dryRun'), query('fieldManager'), query('fieldValidation')];
const LIST = [
  query('allowWatchBookmarks', 'boolean'), query('continue'), query('fieldSelector'), query('labelSelector'), query('limit', 'integer'), query('resourceVersion'),
  query('resourceVersionMatch'), query('sendInitialEvents', 'boolean'), query('timeoutSeconds', 'integer'), query('watch', 'boolean'),
];
const DELETE = [query('dryRun'), query('gracePeriodSeconds', 'integer'), query('orphanDependents', 'boolean'), query('propagationPolicy')];

/** verb -> HTTP method, action and what the operation takes and gives. */
interface OperationShape { method: string; action: string; parameters: Parameter[]; body?: 'object' | 'patch' | 'delete'; answer: 'object' | 'list' | 'status'; codes: number[] }
const COLLECTION: Record<string, OperationShape> = {
  list: { method: 'get', action: 'list', parameters: LIST, answer: 'list', codes: [200] },
  create: { method: 'post', action: 'post', parameters: WRITE, body: 'object', answer: 'object', codes: [200, 201, 202] },
  deletecollection: { method: 'delete', action: 'deletecollection', parameters: [...LIST, ...DELETE], body: 'delete', answer: 'status', codes: [200] },
};
const ITEM: Record<string, OperationShape> = {
  get: { method: 'get', action: 'get', parameters: [], answer: 'object', codes: [200] },
  update: { method: 'put', action: 'put', parameters: WRITE, body: 'object', answer: 'object', codes: [200, 201] },
  patch: { method: 'patch', action: 'patch', parameters: [...WRITE, query('force', 'boolean')], body: 'patch', answer: 'object', codes: [200, 201] },
  delete: { method: 'delete', action: 'delete', parameters: DELETE, body: 'delete', answer: 'status', codes: [200, 202] },
};

/** Writes the paths of resources into a document, in the form of one OpenAPI version. */
export class PathWriter {
  readonly paths: Json = {};
  private readonly scheme: Scheme;
  private readonly writer: SchemaWriter;

  constructor(scheme: Scheme, writer: SchemaWriter) {
    this.scheme = scheme;
    this.writer = writer;
  }

  addResource(info: ResourceInfo): void {
    if (!info.builtIn) writeCustomTypes(this.writer, info);
    const root = info.group ? `/apis/${info.group}/${info.version}` : `/api/${info.version}`;
    const scoped = info.namespaced ? `${root}/namespaces/{namespace}/${info.resource}` : `${root}/${info.resource}`;
    const scope = info.namespaced ? [path('namespace')] : [];
    if (info.namespaced && info.verbs.includes('list')) this.add(`${root}/${info.resource}`, info, undefined, { list: COLLECTION['list'] as OperationShape }, [], 'ForAllNamespaces');
    this.add(scoped, info, undefined, COLLECTION, scope, '');
    this.add(`${scoped}/{name}`, info, undefined, ITEM, [path('name'), ...scope], '');
    for (const sub of info.subresources.values()) {
      const create = { create: COLLECTION['create'] as OperationShape };
      this.add(`${scoped}/{name}/${sub.name}`, info, sub, { ...ITEM, ...create }, [path('name'), ...scope], pascal(sub.name));
    }
  }

  private add(url: string, info: ResourceInfo, sub: SubresourceInfo | undefined, shapes: Record<string, OperationShape>, scope: Parameter[], suffix: string): void {
    const verbs = sub?.verbs ?? info.verbs;
    const item: Json = {};
    for (const verb in shapes) if (verbs.includes(verb)) item[(shapes[verb] as OperationShape).method] = this.operation(info, sub, shapes[verb] as OperationShape, suffix);
    if (Object.keys(item).length === 0) return;
    item['parameters'] = [...scope, PRETTY].map((parameter) => this.parameter(parameter));
    this.paths[url] = item;
  }

  private operation(info: ResourceInfo, sub: SubresourceInfo | undefined, shape: OperationShape, suffix: string): Json {
    const target = sub ?? info;
    const scope = info.namespaced && suffix !== 'ForAllNamespaces' ? 'Namespaced' : '';
    const verb = { post: 'create', put: 'replace', get: 'read', deletecollection: 'deleteCollection' }[shape.action] ?? shape.action;
    const answer = this.reference(info, sub, shape.answer);
    const produces = shape.answer === 'list' ? WATCHED : PRODUCED;
    const common: Json = {
      operationId: `${verb}${pascal(info.group ? info.group.split('.')[0] as string : 'core')}${pascal(info.version)}${scope}${info.kind}${suffix}`,
      'x-kubernetes-action': shape.action,
      'x-kubernetes-group-version-kind': { group: target.group, version: target.version, kind: target.kind },
    };
    const parameters = shape.parameters.map((parameter) => this.parameter(parameter));
    if (this.writer.isV2) {
      if (shape.body) parameters.push({ name: 'body', in: 'body', required: shape.body !== 'delete', schema: this.bodySchema(info, sub, shape.body) });
      return { ...common, consumes: this.consumed(info, shape), produces, parameters, responses: this.responses(shape, (_code) => ({ description: 'OK', schema: answer })) };
    }
    const content = Object.fromEntries(produces.map((type) => [type, { schema: answer }]));
    const requestBody = shape.body ? { requestBody: this.requestBody(info, sub, shape) } : {};
    return { ...common, ...(parameters.length ? { parameters } : {}), ...requestBody, responses: this.responses(shape, (_code) => ({ description: 'OK', content })) };
  }

  private responses(shape: OperationShape, of: (code: number) => Json): Json {
    return { ...Object.fromEntries(shape.codes.map((code) => [String(code), of(code)])), '401': { description: 'Unauthorized' } };
  }

  private consumed(info: ResourceInfo, shape: OperationShape): string[] {
    if (shape.body !== 'patch') return ['*/*'];
    return Object.values(PATCH_TYPES).filter((type) => info.builtIn || type !== PATCH_TYPES.strategic);
  }

  private requestBody(info: ResourceInfo, sub: SubresourceInfo | undefined, shape: OperationShape): Json {
    const schema = this.bodySchema(info, sub, shape.body as string);
    return { content: Object.fromEntries(this.consumed(info, shape).map((type) => [type, { schema }])), ...(shape.body === 'delete' ? {} : { required: true }) };
  }

  private bodySchema(info: ResourceInfo, sub: SubresourceInfo | undefined, body: string): Json {
    if (body === 'object') return this.reference(info, sub, 'object');
    if (body === 'delete') return this.writer.write(definitionSchema(`${META}.DeleteOptions`) as Schema);
    if (!this.writer.types.has(`${META}.Patch`)) this.writer.types.set(`${META}.Patch`, { type: 'object' });
    return this.writer.reference(`${META}.Patch`);
  }

  private reference(info: ResourceInfo, sub: SubresourceInfo | undefined, what: OperationShape['answer']): Json {
    if (what === 'status') return this.writer.write(definitionSchema(`${META}.Status`) as Schema);
    if (!info.builtIn && (!sub || sub.kind === info.kind)) return this.writer.reference(customTypeName(info, what === 'list' ? info.listKind : info.kind));
    const target = sub ?? info;
    const kind = what === 'list' ? info.listKind : target.kind;
    const schema = this.scheme.kindSchema(target.group, target.version, kind);
    return schema ? this.writer.write(schema) : { type: 'string' };
  }

  private parameter({ name, in: place, type, required }: Parameter): Json {
    const common = { name, in: place, ...(required ? { required } : {}) };
    return this.writer.isV2 ? { uniqueItems: true, ...common, type } : { ...common, schema: { type, uniqueItems: true } };
  }
}

function pascal(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
