import { type Parameter, SHARED_BODIES, v2Parameter, v3Parameter } from './parameters.ts';

type Json = Record<string, unknown>;

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch' | 'options' | 'head';
export interface Operation {
  method: Method;
  id: string;
  tag: string;
  action?: string;
  /** The kind that it is about. */
  about?: { group: string; version: string; kind: string };
  parameters: Parameter[];
  body?: { schema: Json; types: string[]; required: boolean; shared?: keyof typeof SHARED_BODIES };
  /** undefined: the document leaves it open. */
  consumes?: string[];
  produces: string[];
  answer: Json;
  codes: number[];
}

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** What all operations of a path take, which stands once at the path. */
function common(operations: Operation[]): Parameter[] {
  const [first, ...others] = operations;
  return first?.parameters.filter(({ name }) => others.every(({ parameters }) => parameters.some((other) => other.name === name))).sort(byName) ?? [];
}

/** Operations of one path in Swagger 2.0. Adds to `shared` what it refers to. */
export function v2Path(operations: Operation[], shared: Map<string, Json>): Json {
  const everywhere = common(operations);
  const refer = (parameter: Parameter): Json & { name: string } => {
    const whole = v2Parameter(parameter);
    if (parameter.shared === undefined) return { ...whole, name: parameter.name };
    shared.set(parameter.shared, whole);
    return { $ref: `#/parameters/${parameter.shared}`, name: parameter.name };
  };
  const placed = (parameters: (Json & { name: string })[]): Json[] => parameters.sort(byName).map((parameter) => ('$ref' in parameter ? { $ref: parameter['$ref'] } : parameter));
  const result: Json = {};
  for (const operation of operations) {
    const own = operation.parameters.filter((parameter) => !everywhere.includes(parameter) && !everywhere.some(({ name }) => name === parameter.name)).map(refer);
    if (operation.body) own.push(v2Body(operation.body, shared));
    result[operation.method] = {
      ...(operation.consumes ? { consumes: operation.consumes } : {}), produces: operation.produces, schemes: ['https'], tags: [operation.tag], operationId: operation.id,
      ...(own.length ? { parameters: placed(own) } : {}), responses: responses(operation, { schema: operation.answer }), ...marks(operation),
    };
  }
  if (everywhere.length) result['parameters'] = placed(everywhere.map(refer));
  return result;
}

function v2Body({ schema, required, shared: kind }: NonNullable<Operation['body']>, shared: Map<string, Json>): Json & { name: string } {
  const body = { name: 'body', in: 'body', ...(required ? { required } : {}), schema };
  if (!kind) return body;
  shared.set(SHARED_BODIES[kind], body);
  return { $ref: `#/parameters/${SHARED_BODIES[kind]}`, name: 'body' };
}

/** Operations of one path in OpenAPI 3.0. */
export function v3Path(operations: Operation[]): Json {
  const everywhere = common(operations);
  const result: Json = {};
  for (const operation of operations) {
    const own = operation.parameters.filter((parameter) => !everywhere.some(({ name }) => name === parameter.name)).sort(byName).map(v3Parameter);
    const { body } = operation;
    const content = (types: string[], schema: Json): Json => Object.fromEntries(types.map((type) => [type, { schema }]));
    result[operation.method] = {
      tags: [operation.tag], operationId: operation.id, ...(own.length ? { parameters: own } : {}),
      ...(body ? { requestBody: { content: content(body.types, body.schema), ...(body.required ? { required: true } : {}) } } : {}),
      responses: responses(operation, { content: content(operation.produces, operation.answer) }), ...marks(operation),
    };
  }
  if (everywhere.length) result['parameters'] = everywhere.map(v3Parameter);
  return result;
}

const DESCRIPTIONS: Record<number, string> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function responses({ codes }: Operation, answer: Json): Json {
  return { ...Object.fromEntries(codes.map((code) => [String(code), { description: DESCRIPTIONS[code], ...answer }])), '401': { description: 'Unauthorized' } };
}

function marks({ action, about }: Operation): Json {
  return { ...(action ? { 'x-kubernetes-action': action } : {}), ...(about ? { 'x-kubernetes-group-version-kind': about } : {}) };
}
