/**
 * Runs a template within a budget. The engine evaluates every node through `evaluate`, which counts them here; what
 * it does in one step (loops without a body, replacing, JSON) is charged by its size, before it is done if it grows.
 */
import { type Budget, TemplateLimitError } from './budget.ts';
import { type Environment, Interpreter, type JinjaNode, type JinjaValue } from './engine.ts';
import { applyFilter, display, type FilterArguments } from './filters.ts';
import { COMPARISONS, compare, isIn, iterable, multiply, printable } from './operators.ts';
import { sliceText, TEXT_METHODS } from './pythonText.ts';
import { areEqual, asEntries, asInteger, asList, asText, isNothing, listOf, toValue } from './values.ts';

/** The fields of nodes that are looked at here. */
interface AnyNode {
  readonly type: string;
  readonly value?: unknown;
  readonly computed?: boolean;
  readonly object?: JinjaNode;
  readonly property?: AnyNode;
  readonly iterable?: AnyNode;
  readonly lhs?: AnyNode;
  readonly operator?: { readonly value: string };
  readonly left?: JinjaNode;
  readonly right?: JinjaNode;
  readonly operand?: JinjaNode;
  readonly filter?: AnyNode;
  readonly callee?: AnyNode;
  readonly body?: readonly AnyNode[];
  readonly alternate?: readonly AnyNode[];
  readonly defaultBlock?: readonly AnyNode[];
  readonly args?: readonly (AnyNode & { readonly key?: { readonly value: string } })[];
  readonly argument?: AnyNode;
  readonly start?: JinjaNode;
  readonly stop?: JinjaNode;
  readonly step?: JinjaNode;
}

/** Nodes whose values are new, and so are measured; others only pass on what was measured. */
const MAKERS: ReadonlySet<string> = new Set([
  ...['ArrayLiteral', 'TupleLiteral', 'ObjectLiteral', 'BinaryExpression', 'FilterExpression'],
  ...['CallExpression', 'CallStatement', 'FilterStatement', 'For', 'If'],
]);

function isMaker({ type, property }: AnyNode): boolean {
  return MAKERS.has(type) || property?.type === 'SliceExpression';
}

/** Filters that do not go through what they are applied to. */
const LOOKS: ReadonlySet<string> = new Set('length count first last list default safe string'.split(' '));

/** Characters of a text that cost a step to look at. */
const CHARACTERS_PER_STEP = 64;

/** Steps that it costs to go through a value. */
function sizeOf(value: JinjaValue): number {
  const text = asText(value);
  if (text !== undefined) return text.length / CHARACTERS_PER_STEP;
  return asList(value)?.length ?? asEntries(value)?.size ?? 0;
}

/** A value that was evaluated already. */
interface Known {
  readonly node: unknown;
  readonly value: JinjaValue;
}

export class BoundedInterpreter extends Interpreter {
  readonly #budget: Budget;
  /** Nodes whose lists and texts are gone through as a whole by the nodes above them. */
  readonly #walked = new WeakSet<object>();
  /** Those of them that a loop goes through. */
  readonly #looped = new WeakSet<object>();
  /** Nodes whose values become a part of the output. */
  readonly #printed = new WeakSet<object>();
  /** A node that was evaluated here, for the engine that evaluates it next. */
  #known: Known | undefined;
  #knownNext: Known | undefined;
  /** Sizes of lists and objects as if each were written out; a list that holds one list twice grows by doubling. */
  readonly #weights = new WeakMap<object, number>();

  constructor(environment: Environment, budget: Budget) {
    super(environment);
    this.#budget = budget;
  }

  override evaluate(statement: JinjaNode | undefined, environment: Environment): JinjaValue {
    const known = this.#known;
    if (known !== undefined && known.node === statement) {
      this.#known = this.#knownNext;
      this.#knownNext = undefined;
      return known.value;
    }
    this.#budget.spend(1);
    const node = statement as AnyNode | undefined;
    let value = this.#evaluateHere(node, environment) ?? super.evaluate(statement, environment);
    if (node !== undefined && this.#looped.has(node)) value = iterable(value, this.#budget);
    if (node !== undefined && this.#printed.has(node)) value = printable(value);
    if (node !== undefined && this.#walked.has(node)) this.#budget.spend(sizeOf(value));
    if (value.type === 'NamespaceValue') this.#measureNamespace(value);
    else if (node !== undefined && isMaker(node)) this.#measure(value);
    return value;
  }

  /** @returns undefined to leave the node to the engine. */
  #evaluateHere(node: AnyNode | undefined, environment: Environment): JinjaValue | undefined {
    for (const block of [node?.body, node?.alternate, node?.defaultBlock])
      if (block !== undefined && !this.#printed.has(block)) this.#print(block);
    switch (node?.type) {
      case 'For':
        this.#loop(node.iterable?.type === 'SelectExpression' ? node.iterable.lhs : node.iterable);
        return undefined;
      case 'TupleLiteral':
        // The engine does not unpack tuples in loops, and a list does all that a tuple can.
        return listOf((node.value as readonly JinjaNode[]).map((item) => this.evaluate(item, environment)));
      case 'ObjectLiteral':
        return this.#object(node, environment);
      case 'CallExpression':
        for (const { argument } of node.args ?? []) this.#walk(argument);
        return undefined;
      case 'TestExpression':
        this.#walk(node.operand);
        return undefined;
      case 'BinaryExpression':
        return this.#operate(node, environment);
      case 'FilterExpression':
        return this.#filter(node, environment);
      case 'MemberExpression':
        return this.#member(node, environment);
      default:
        return undefined;
    }
  }

  #walk(node: object | undefined): void {
    if (node !== undefined) this.#walked.add(node);
  }

  #loop(node: object | undefined): void {
    this.#walk(node);
    if (node !== undefined) this.#looped.add(node);
  }

  #print(block: readonly AnyNode[]): void {
    this.#printed.add(block);
    for (const part of block) this.#printed.add(part);
  }

  /** An object with keys of any kind. */
  #object(node: AnyNode, environment: Environment): JinjaValue {
    const object = toValue({});
    const entries = object.value as Map<string, JinjaValue>;
    for (const [key, value] of node.value as ReadonlyMap<JinjaNode, JinjaNode>)
      entries.set(display(this.evaluate(key, environment)), this.evaluate(value, environment));
    return object;
  }

  #operate(node: AnyNode, environment: Environment): JinjaValue | undefined {
    const operator = node.operator?.value ?? '';
    if (!['==', '!=', '~', 'in', 'not in', '*', '+', ...COMPARISONS].includes(operator)) return undefined;
    const left = this.evaluate(node.left, environment);
    const right = this.evaluate(node.right, environment);
    for (const side of [left, right]) this.#budget.spend(this.#weigh(side) / CHARACTERS_PER_STEP);
    switch (operator) {
      case '==':
        return toValue(areEqual(left, right));
      case '!=':
        return toValue(!areEqual(left, right));
      case '~':
        return toValue([left, right].map((side) => (isNothing(side) ? '' : display(side))).join(''));
      case '*':
        return toValue(multiply(left, right, this.#budget));
      case '+':
        return this.#add(node, left, right, environment);
      case 'in':
      case 'not in':
        return toValue(isIn(left, right) === (operator === 'in'));
      default:
        return toValue(compare(left, right, operator));
    }
  }

  /** Adds as the engine does; undefined and none add nothing to a text, as in llama.cpp. */
  #add(node: AnyNode, left: JinjaValue, right: JinjaValue, environment: Environment): JinjaValue {
    if (asText(left) !== undefined && isNothing(right)) return left;
    if (asText(right) !== undefined && isNothing(left)) return right;
    // The engine evaluates the sides in this order.
    this.#known = { node: node.left, value: left };
    this.#knownNext = { node: node.right, value: right };
    return super.evaluate(node as JinjaNode, environment);
  }

  #filter(node: AnyNode, environment: Environment): JinjaValue | undefined {
    const call = node.filter?.type === 'CallExpression' ? node.filter : undefined;
    const name = String((call === undefined ? node.filter : call.callee)?.value);
    const operand = this.evaluate(node.operand, environment);
    if (!LOOKS.has(name)) this.#budget.spend(sizeOf(operand));
    const result = applyFilter(name, operand, this.#argumentsOf(call, environment), this.#budget);
    if (result === undefined) this.#known = { node: node.operand, value: operand };
    return result;
  }

  #argumentsOf(call: AnyNode | undefined, environment: Environment): FilterArguments {
    const positional: JinjaValue[] = [];
    const named = new Map<string, JinjaValue>();
    for (const argument of call?.args ?? []) {
      if (argument.key === undefined) positional.push(this.evaluate(argument as JinjaNode, environment));
      else named.set(argument.key.value, this.evaluate(argument.value as JinjaNode, environment));
    }
    return { positional, named };
  }

  /** Methods and slices of texts. */
  #member(node: AnyNode, environment: Environment): JinjaValue | undefined {
    const slice =
      node.computed === true && node.property?.type === 'SliceExpression' ? node.property : undefined;
    const method = node.computed === true ? undefined : TEXT_METHODS.get(String(node.property?.value));
    if (slice === undefined && method === undefined) return undefined;
    const object = this.evaluate(node.object, environment);
    const text = asText(object);
    if (text === undefined) {
      this.#known = { node: node.object, value: object };
      return undefined;
    }
    this.#budget.spend(sizeOf(object));
    if (slice !== undefined) {
      const bounds = [slice.start, slice.stop, slice.step].map((bound) =>
        asInteger(this.evaluate(bound, environment)),
      );
      return toValue(sliceText(text, bounds[0], bounds[1], bounds[2]));
    }
    return toValue((...args: unknown[]) => {
      this.#budget.spendText(text.length);
      return method?.(text, args, this.#budget);
    });
  }

  /** Charges a new value by its size. @throws TemplateLimitError */
  #measure(value: JinjaValue): void {
    const text = asText(value);
    if (text !== undefined) this.#budget.spendText(text.length);
    else if (!isNothing(value)) this.#budget.checkLength(this.#weigh(value));
  }

  #weigh(value: JinjaValue): number {
    const items = asList(value) ?? asEntries(value)?.values();
    if (items === undefined) {
      // Its members change, so a namespace inside a list cannot be measured once.
      if (value.type === 'NamespaceValue') throw new TemplateLimitError('size');
      return asText(value)?.length ?? 1;
    }
    const weighed = this.#weights.get(value);
    if (weighed !== undefined) return weighed;
    let weight = 1;
    let count = 0;
    for (const item of items) {
      weight += this.#weigh(item);
      count++;
    }
    this.#budget.spend(count);
    this.#weights.set(value, weight);
    return weight;
  }

  #measureNamespace(value: JinjaValue): void {
    const members = value.value as ReadonlyMap<string, JinjaValue>;
    this.#budget.spend(members.size);
    for (const member of members.values())
      if (member.type === 'NamespaceValue') throw new TemplateLimitError('size');
  }
}
