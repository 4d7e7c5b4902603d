import type { Environment, Overload } from './environment.ts';
import {
  assignable, BOOL, DYN, ERROR, formatType, INT, isDyn, isDynOrError, listOf, mapOf, mostGeneral, optionalOf, optionalValue, parameter, sameType, struct, substitute,
  type Bindings, type Type,
} from './types.ts';
import { RESERVED, type SyntaxFault } from './syntax/tokens.ts';
import type { Call, Fold, Ident, List, MapNode, Node, Select, Struct } from './syntax/tree.ts';

type Scope = Map<string, Type>;

/** Gives every node its type and every call the overloads that fit. What is wrong is told all at once. */
export function check(environment: Environment, node: Node): SyntaxFault[] {
  const checker = new Checker(environment);
  checker.visit(node);
  checker.settle();
  return checker.faults;
}

class Checker {
  readonly faults: SyntaxFault[] = [];
  private readonly environment: Environment;
  private bindings: Bindings = new Map();
  private readonly scopes: Scope[] = [];
  private readonly visited: Node[] = [];
  private fresh = 0;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  private fault(at: number, message: string): void {
    this.faults.push({ at, message });
  }

  /** Parameters that are bound by now take their place everywhere; others are dyn. */
  settle(): void {
    for (const node of this.visited) if (node.type) node.type = substitute(this.bindings, node.type, DYN);
  }

  visit(node: Node): Type {
    this.visited.push(node);
    return (node.type = this.typed(node));
  }

  private typed(node: Node): Type {
    switch (node.kind) {
      case 'literal': return node.literalType;
      case 'ident': return this.ident(node);
      case 'select': return this.select(node);
      case 'call': return this.call(node);
      case 'list': return this.list(node);
      case 'map': return this.map(node);
      case 'struct': return this.struct(node);
      case 'fold': return this.fold(node);
    }
  }

  private lookup(name: string): Type | undefined {
    const plain = name.startsWith('.') ? name.slice(1) : name;
    if (plain === name) {
      for (let index = this.scopes.length - 1; index >= 0; index--) {
        const found = this.scopes[index]!.get(name);
        if (found) return found;
      }
    }
    return this.environment.variables.get(plain) ?? this.environment.constants.get(plain)?.type;
  }

  private ident(node: Ident): Type {
    const found = this.lookup(node.name);
    if (found) return found;
    this.fault(node.at, `undeclared reference to '${node.name}' (in container '')`);
    return ERROR;
  }

  private select(node: Select): Type {
    const path = node.test ? undefined : qualified(node);
    const whole = path && !this.isLocal(path) ? this.lookup(path) : undefined;
    if (path && whole) {
      Object.assign(node, { kind: 'ident', name: path });
      return whole;
    }
    const type = this.field(node.at, node.operand, node.field, false);
    node.field = this.fieldName(node.operand, node.field);
    return substitute(this.bindings, node.test ? BOOL : type);
  }

  /** Inside a comprehension its variables hide longer names that begin with theirs. */
  private isLocal(path: string): boolean {
    const [first = ''] = path.split('.');
    return this.scopes.some((scope) => scope.has(first));
  }

  private field(at: number, operand: Node, name: string, optional: boolean): Type {
    const operandType = substitute(this.bindings, this.visit(operand));
    const inner = optionalValue(operandType);
    const target = inner ?? operandType;
    const result = this.fieldOf(at, target, name);
    return inner || optional ? optionalOf(result) : result;
  }

  private fieldOf(at: number, target: Type, name: string): Type {
    switch (target.kind) {
      case 'map': return target.params[1]!;
      case 'struct': return this.structField(at, target.name, name);
      case 'param':
        this.fit([DYN], [target]);
        return DYN;
      default:
        if (!isDynOrError(target)) this.fault(at, `type '${formatType(target)}' does not support field selection`);
        return DYN;
    }
  }

  /** Fields whose names are words of the language may be written plainly. */
  private fieldName(operand: Node, name: string): string {
    const type = operand.type && (optionalValue(operand.type) ?? operand.type);
    const fields = type?.kind === 'struct' ? this.environment.structOf(type.name) : undefined;
    return fields && !fields.field(name) && RESERVED.has(name) && fields.field(`__${name}__`) ? `__${name}__` : name;
  }

  private structField(at: number, typeName: string, name: string): Type {
    const fields = this.environment.structOf(typeName);
    const found = fields?.field(name) ?? (RESERVED.has(name) ? fields?.field(`__${name}__`) : undefined);
    if (found) return found;
    this.fault(at, `undefined field '${name}'`);
    return ERROR;
  }

  private fit(from: readonly Type[], to: readonly Type[]): boolean {
    const bindings = assignable(this.bindings, from, to);
    if (bindings) this.bindings = bindings;
    return bindings !== undefined;
  }

  private call(node: Call): Type {
    if (node.name === '_?._') return this.optionalSelect(node);
    const { target } = node;
    const args = node.args.map((arg) => this.visit(arg));
    if (!target) {
      const name = node.name.startsWith('.') ? node.name.slice(1) : node.name;
      const overloads = this.environment.functions.get(name);
      if (!overloads) return this.undeclared(node);
      node.name = name;
      return this.resolve(node, overloads, args);
    }
    const path = qualified(target);
    const namespaced = path ? this.environment.functions.get(`${path}.${node.name}`) : undefined;
    if (path && namespaced) {
      node.name = `${path}.${node.name}`;
      node.target = undefined;
      return this.resolve(node, namespaced, args);
    }
    const receiver = this.visit(target);
    const overloads = this.environment.functions.get(node.name);
    return overloads ? this.resolve(node, overloads, [receiver, ...args]) : this.undeclared(node);
  }

  private undeclared(node: Call): Type {
    this.fault(node.at, `undeclared reference to '${node.name}' (in container '')`);
    return ERROR;
  }

  private optionalSelect(node: Call): Type {
    const [operand, field] = node.args as [Node, Node];
    node.overloads = ['select_optional_field'];
    const name = field.kind === 'literal' && typeof field.value === 'string' ? field.value : '';
    return substitute(this.bindings, this.field(node.at, operand, name, true));
  }

  private resolve(node: Call, overloads: readonly Overload[], args: Type[]): Type {
    if (node.name === '_&&_' || node.name === '_||_') return this.logic(node, args);
    const isMember = node.target !== undefined;
    const ids: string[] = [];
    let result: Type | undefined;
    for (const overload of overloads) {
      if (overload.member !== isMember) continue;
      const { params, result: declared } = this.instance(overload);
      if (!this.fit(args, params)) continue;
      ids.push(overload.id);
      const own = substitute(this.bindings, declared);
      if (!result) result = own;
      else if (!isDyn(result) && !sameType(own, result)) result = DYN;
    }
    if (result) {
      node.overloads = ids;
      return result;
    }
    const shown = args.map((type) => formatType(substitute(this.bindings, type, DYN)));
    const signature = isMember ? `${shown[0]}.(${shown.slice(1).join(', ')})` : `(${shown.join(', ')})`;
    this.fault(node.at, `found no matching overload for '${node.name}' applied to '${signature}'`);
    return ERROR;
  }

  /** Both sides of && and || are told about when they are no bool. */
  private logic(node: Call, args: Type[]): Type {
    node.overloads = [node.name === '_&&_' ? 'logical_and' : 'logical_or'];
    let sound = true;
    args.forEach((type, index) => {
      if (this.fit([type], [BOOL])) return;
      sound = false;
      this.fault(node.args[index]!.at, `expected type 'bool' but found '${formatType(type)}'`);
    });
    return sound ? BOOL : ERROR;
  }

  /** The overload with type parameters of its own. */
  private instance({ params, result }: Overload): { params: Type[]; result: Type } {
    const names = new Map<string, Type>();
    const renew = (type: Type): Type => {
      if (type.kind === 'param') {
        let own = names.get(type.name);
        if (!own) names.set(type.name, (own = this.newParameter()));
        return own;
      }
      return type.params.length ? { ...type, params: type.params.map(renew) } : type;
    };
    return { params: params.map(renew), result: renew(result) };
  }

  private newParameter(): Type {
    return parameter(`_var${this.fresh++}`);
  }

  private join(before: Type | undefined, type: Type): Type {
    if (!before) return type;
    return this.fit([before], [type]) ? mostGeneral(before, type) : DYN;
  }

  /** What an element marked with `?` gives. */
  private unwrapped(node: Node, type: Type): Type {
    const inner = optionalValue(type);
    if (!inner && !isDyn(type)) this.fault(node.at, `expected type '${formatType(optionalOf(type))}' but found '${formatType(type)}'`);
    return inner ?? type;
  }

  private list(node: List): Type {
    let items: Type | undefined;
    node.items.forEach((item, index) => {
      const type = this.visit(item);
      items = this.join(items, node.optional.has(index) ? this.unwrapped(item, type) : type);
    });
    return listOf(items ?? this.newParameter());
  }

  private map(node: MapNode): Type {
    let keys: Type | undefined;
    let values: Type | undefined;
    for (const { key, value, optional } of node.entries) {
      keys = this.join(keys, this.visit(key));
      const type = this.visit(value);
      values = this.join(values, optional ? this.unwrapped(value, type) : type);
    }
    return mapOf(keys ?? this.newParameter(), values ?? this.newParameter());
  }

  private struct(node: Struct): Type {
    const name = node.name.replace(/^\./, '');
    const known = this.environment.structOf(name) !== undefined;
    if (!known && this.environment.constants.has(name)) this.fault(node.at, `'${name}' is not a message type`);
    else if (!known) {
      this.fault(node.at, `undeclared reference to '${node.name}' (in container '')`);
      return ERROR;
    }
    node.name = name;
    for (const field of node.fields) {
      const value = this.visit(field.value);
      const type = known ? this.structField(field.at, name, field.name) : ERROR;
      const given = field.optional ? this.unwrapped(field.value, value) : value;
      if (!this.fit([type], [given])) this.fault(field.at, `expected type of field '${field.name}' is '${formatType(type)}' but provided type is '${formatType(given)}'`);
    }
    return known ? struct(name) : ERROR;
  }

  private fold(node: Fold): Type {
    const range = substitute(this.bindings, this.visit(node.range));
    const accumulated = this.visit(node.initial);
    const range2 = substitute(this.bindings, node.range.type ?? range);
    this.scopes.push(new Map([[node.accumulator, accumulated]]));
    this.scopes.push(this.variables(node, range2));
    this.visit(node.condition);
    this.expect(node.condition, BOOL);
    this.visit(node.step);
    this.expect(node.step, accumulated);
    this.scopes.pop();
    const result = this.visit(node.result);
    this.scopes.pop();
    return substitute(this.bindings, result);
  }

  private variables({ range: node, variable, second }: Fold, range: Type): Scope {
    const scope: Scope = new Map();
    const set = (first: Type, other: Type): void => {
      scope.set(variable, first);
      if (second !== undefined) scope.set(second, other);
    };
    if (range.kind === 'list') set(second === undefined ? range.params[0]! : INT, range.params[0]!);
    else if (range.kind === 'map') set(range.params[0]!, range.params[1]!);
    else if (isDynOrError(range) || range.kind === 'param') {
      this.fit([DYN], [range]);
      set(DYN, DYN);
    } else {
      this.fault(node.at, `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`);
      set(ERROR, ERROR);
    }
    return scope;
  }

  private expect(node: Node, type: Type): void {
    if (!this.fit([type], [node.type ?? DYN])) this.fault(node.at, `expected type '${formatType(type)}' but found '${formatType(node.type ?? DYN)}'`);
  }
}

/** `a.b.c` of plain names; undefined for anything else. */
function qualified(node: Node): string | undefined {
  if (node.kind === 'ident') return node.name.replace(/^\./, '');
  if (node.kind !== 'select' || node.test) return undefined;
  const operand = qualified(node.operand);
  return operand === undefined ? undefined : `${operand}.${node.field}`;
}
