import { CALLS_WITHOUT_COST, callCost, COST } from './cost/actual.ts';
import { typeName, hasType, type Environment, type Overload } from './environment.ts';
import { mapKey } from './equality.ts';
import { Message, NONE, Optional, Uint } from './values.ts';
import { ACCUMULATOR, isBinding, type Call, type Fold, type Node } from './syntax/tree.ts';

/** One run of an expression. */
export interface Frame {
  values: Readonly<Record<string, unknown>>;
  slots: unknown[];
  cost: number;
  limit: number;
}

/** Fields whose values are found when they are asked for. */
export abstract class LazyFields {
  /** undefined: there is no such field. Throws what went wrong with it. `charge` takes what finding it cost. */
  abstract get(name: string, charge: (cost: number) => void): unknown;
}

export class EvaluationError extends Error {
  override name = 'EvaluationError';
}

/** Ends an evaluation whatever stands around. */
export class CostLimitError extends Error {
  override name = 'CostLimitError';
}

/** Something an expression asks that takes time: the run begins anew once the answer is there. */
export class Waiting extends Error {
  readonly answer: Promise<unknown>;
  constructor(answer: Promise<unknown>) {
    super('an answer is waited for');
    this.answer = answer;
  }
}

export type Step = (frame: Frame) => unknown;

export function fail(message: string): never {
  throw new EvaluationError(message);
}

/** `&&` and `||` go on behind errors, but not behind these. */
function isFinal(error: unknown): boolean {
  return error instanceof CostLimitError || error instanceof Waiting;
}

export function charge(frame: Frame, cost: number): void {
  frame.cost += cost;
  if (frame.cost > frame.limit) throw new CostLimitError('operation cancelled: actual cost limit exceeded');
}

/** Turns a checked tree into functions. `slots`: how many values of comprehensions a frame must hold. */
export function plan(environment: Environment, node: Node): { step: Step; slots: number } {
  const planner = new Planner(environment);
  const step = planner.plan(node);
  return { step, slots: planner.slots };
}

class Planner {
  slots = 0;
  private readonly environment: Environment;
  private readonly scopes: Map<string, number>[] = [];

  constructor(environment: Environment) {
    this.environment = environment;
  }

  plan(node: Node): Step {
    switch (node.kind) {
      case 'literal': return constant(node.value);
      case 'ident': return this.ident(node.name);
      case 'select': return this.select(node.operand, node.field, node.test);
      case 'call': return this.call(node);
      case 'list': return this.list(node.items, node.optional);
      case 'map': return this.map(node);
      case 'struct': return this.struct(node);
      case 'fold': return isBinding(node) ? this.binding(node) : this.fold(node);
    }
  }

  private slotOf(name: string): number | undefined {
    for (let index = this.scopes.length - 1; index >= 0; index--) {
      const slot = this.scopes[index]!.get(name);
      if (slot !== undefined) return slot;
    }
    return undefined;
  }

  private ident(name: string): Step {
    const slot = this.slotOf(name);
    if (slot !== undefined) {
      return (frame) => {
        charge(frame, COST.access);
        const value = frame.slots[slot];
        if (value instanceof Failed) throw value.error;
        return value;
      };
    }
    const plain = name.replace(/^\./, '');
    const known = this.environment.constants.get(plain);
    if (known && !this.environment.variables.has(plain)) return constant(known.value);
    return (frame) => {
      charge(frame, COST.access);
      const value = frame.values[plain];
      if (value === undefined) fail(`no such attribute(s): ${plain}`);
      return value;
    };
  }

  private select(operand: Node, field: string, test: boolean): Step {
    const inner = this.plan(operand);
    if (test) return (frame) => hasField(inner(frame), field, frame);
    return (frame) => {
      const target = inner(frame);
      charge(frame, COST.access);
      if (target instanceof Optional) return optionalField(target, field, frame);
      return selectField(target, field, frame);
    };
  }

  private list(items: Node[], optional: Set<number>): Step {
    const steps = items.map((item) => this.plan(item));
    return (frame) => {
      const values: unknown[] = [];
      steps.forEach((step, index) => {
        const value = step(frame);
        if (!optional.has(index)) values.push(value);
        else if (value instanceof Optional && value.present) values.push(value.value);
      });
      charge(frame, COST.list);
      return values;
    };
  }

  private map({ entries }: Node & { kind: 'map' }): Step {
    const steps = entries.map(({ key, value, optional }) => ({ key: this.plan(key), value: this.plan(value), optional }));
    return (frame) => {
      const result = new Map<unknown, unknown>();
      for (const { key, value, optional } of steps) {
        const name = mapKey(key(frame));
        const given = value(frame);
        if (typeof name === 'number' || (typeof name === 'object')) fail(`unsupported key type: ${typeName(name)}`);
        if (optional && !(given instanceof Optional && given.present)) continue;
        if (result.has(name)) fail(`Failed with repeated key`);
        result.set(name, optional ? (given as Optional).value : given);
      }
      charge(frame, COST.map);
      return result;
    };
  }

  private struct({ name, fields }: Node & { kind: 'struct' }): Step {
    const steps = fields.map((field) => ({ name: field.name, value: this.plan(field.value), optional: field.optional }));
    return (frame) => {
      const values = new Map<unknown, unknown>();
      for (const { name: field, value, optional } of steps) {
        const given = value(frame);
        if (!optional) values.set(field, given);
        else if (given instanceof Optional && given.present) values.set(field, given.value);
      }
      charge(frame, COST.struct);
      return new Message(name, values);
    };
  }

  private call(node: Call): Step {
    const { name, target, args } = node;
    const steps = (target ? [target, ...args] : args).map((arg) => this.plan(arg));
    switch (name) {
      case '_&&_': return junction(steps[0]!, steps[1]!, false);
      case '_||_': return junction(steps[0]!, steps[1]!, true);
      case '_?_:_': return conditional(steps[0]!, steps[1]!, steps[2]!);
      case '@not_strictly_false': return notStrictlyFalse(steps[0]!);
      case '_?._': return (frame) => {
        const operand = steps[0]!(frame);
        const field = steps[1]!(frame);
        charge(frame, COST.access);
        return optionalField(operand instanceof Optional ? operand : Optional.of(operand), String(field), frame);
      };
      case 'or': case 'orValue': if (target) return orOptional(steps[0]!, steps[1]!, name === 'orValue'); break;
      default:
    }
    if (name === '_+_' && args[0]?.kind === 'ident' && args[0].name === ACCUMULATOR && args[1]?.kind === 'list' && args[1].optional.size === 0) return this.append(args[0].name, args[1].items[0]!);
    return this.dispatch(node, steps);
  }

  /** What macros gather belongs to the comprehension alone: it may grow in place. */
  private append(accumulator: string, item: Node): Step {
    const slot = this.slotOf(accumulator)!;
    const step = this.plan(item);
    return (frame) => {
      const value = step(frame);
      charge(frame, COST.access + COST.list + 1);
      const list = frame.slots[slot];
      if (list instanceof Failed) throw list.error;
      (list as unknown[]).push(value);
      return list;
    };
  }

  private dispatch({ name, overloads = [], target }: Call, steps: Step[]): Step {
    const all = this.environment.functions.get(name) ?? [];
    const chosen = all.filter(({ id }) => overloads.includes(id));
    const candidates = chosen.length > 0 ? chosen : all.filter(({ member, params }) => member === (target !== undefined) && params.length === steps.length);
    const costly = !CALLS_WITHOUT_COST.has(name);
    return (frame) => {
      const values = steps.map((step) => step(frame));
      const overload = pick(candidates, values);
      if (!overload) fail(candidates.some(({ untyped }) => untyped) ? 'no such overload' : `no such overload: ${name}(${values.map(typeName).join(', ')})`);
      const result: unknown = (overload.run as (...given: unknown[]) => unknown)(...values);
      if (result instanceof Promise) throw new Waiting(result);
      if (costly) charge(frame, callCost(name, overload.id, values, result));
      return result;
    };
  }

  private inScope<T>(names: (string | undefined)[], work: (slots: number[]) => T): T {
    const slots = names.map(() => this.slots++);
    this.scopes.push(new Map(names.flatMap((name, index) => (name === undefined ? [] : [[name, slots[index]!] as [string, number]]))));
    const result = work(slots);
    this.scopes.pop();
    return result;
  }

  private binding({ initial, accumulator, result }: Fold): Step {
    const value = this.plan(initial);
    return this.inScope([accumulator], ([slot]) => {
      const body = this.plan(result);
      return (frame) => {
        frame.slots[slot!] = value(frame);
        return body(frame);
      };
    });
  }

  private fold({ range, variable, second, accumulator, initial, condition, step, result }: Fold): Step {
    const over = this.plan(range);
    const first = this.plan(initial);
    return this.inScope([accumulator], ([slot]) => {
      const { holds, next, one, other } = this.inScope([variable, second], ([one, other]) => ({ holds: this.plan(condition), next: this.plan(step), one: one!, other: other! }));
      const end = this.plan(result);
      return (frame) => {
        const items = over(frame);
        frame.slots[slot!] = first(frame);
        for (const [key, value] of entriesOf(items, second !== undefined)) {
          frame.slots[one] = key;
          frame.slots[other] = value;
          if (holds(frame) !== true) break;
          frame.slots[slot!] = settled(next, frame);
        }
        return end(frame);
      };
    });
  }
}

/** An error inside a comprehension is its value so far: a later item may make it unimportant. */
class Failed {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

function settled(step: Step, frame: Frame): unknown {
  try {
    return step(frame);
  } catch (error) {
    if (isFinal(error)) throw error;
    return new Failed(error);
  }
}

function* entriesOf(items: unknown, both: boolean): Iterable<[unknown, unknown]> {
  if (items instanceof Map) for (const [key, value] of items) yield [key, value];
  else if (Array.isArray(items)) {
    for (let index = 0; index < items.length; index++) yield both ? [BigInt(index), items[index]] : [items[index], undefined];
  } else fail(`got '${typeName(items)}', expected iterable type`);
}

function constant(value: unknown): Step {
  return () => value;
}

function pick(candidates: readonly Overload[], values: unknown[]): Overload | undefined {
  return candidates.find(({ params, untyped }) => untyped || (params.length === values.length && params.every((type, index) => hasType(values[index], type))));
}

/** The value that decides stands on either side; without it an error of the other side counts. */
function junction(left: Step, right: Step, deciding: boolean): Step {
  return (frame) => {
    const one = settled(left, frame);
    if (one === deciding) return deciding;
    const other = settled(right, frame);
    if (other === deciding) return deciding;
    for (const value of [one, other]) {
      if (value instanceof Failed) throw value.error;
      if (typeof value !== 'boolean') fail('no such overload');
    }
    return !deciding;
  };
}

function conditional(condition: Step, whenTrue: Step, whenFalse: Step): Step {
  return (frame) => {
    const value = condition(frame);
    if (typeof value !== 'boolean') fail('no such overload');
    return value ? whenTrue(frame) : whenFalse(frame);
  };
}

function notStrictlyFalse(inner: Step): Step {
  return (frame) => {
    const value = settled(inner, frame);
    charge(frame, 1);
    return value !== false;
  };
}

function orOptional(left: Step, right: Step, unwrap: boolean): Step {
  return (frame) => {
    const value = left(frame);
    charge(frame, 1);
    if (!(value instanceof Optional)) fail('no such overload');
    if (value.present) return unwrap ? value.value : value;
    return right(frame);
  };
}

/** undefined: it is not there. Throws where there cannot be fields. */
function lookUp(target: unknown, field: string, frame: Frame): unknown {
  if (target instanceof Map) return target.get(field);
  if (target instanceof LazyFields) return target.get(field, (cost) => charge(frame, cost));
  if (target instanceof Message) return target.fields.get(field);
  return fail(target === null ? `no such key: ${field}` : 'no such overload');
}

function selectField(target: unknown, field: string, frame: Frame): unknown {
  const value = lookUp(target, field, frame);
  return value === undefined ? fail(`no such key: ${field}`) : value;
}

function hasField(target: unknown, field: string, frame: Frame): boolean {
  if (target instanceof Optional) return target.present && hasField(target.value, field, frame);
  return lookUp(target, field, frame) !== undefined;
}

function optionalField(target: Optional, field: string, frame: Frame): Optional {
  if (!target.present) return NONE;
  const value = lookUp(target.value, field, frame);
  return value === undefined ? NONE : Optional.of(value);
}

/** `list[1]`, `map['a']`; undefined: it is not there. */
export function indexOf(container: unknown, index: unknown): unknown {
  if (container instanceof Map) return container.get(mapKey(index));
  if (!Array.isArray(container)) return fail('no such overload');
  const position = typeof index === 'bigint' ? Number(index) : index instanceof Uint ? Number(index.value) : typeof index === 'number' && Number.isInteger(index) ? index : fail(`unsupported index type '${typeName(index)}' in list`);
  return container[position];
}
