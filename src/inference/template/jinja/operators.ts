/** Operators and conversions as Python has them, on values of the engine. */
import type { Budget } from './budget.ts';
import type { JinjaValue } from './engine.ts';
import { display } from './filters.ts';
import { areEqual, asEntries, asInteger, asList, asText, isNothing, toValue } from './values.ts';

export const COMPARISONS = ['<', '<=', '>', '>='];

/** Compares numbers or texts; a number that was the key of an object has become a text. */
export function compare(left: JinjaValue, right: JinjaValue, operator: string): boolean {
  const texts = [asText(left), asText(right)];
  const areTexts = texts[0] !== undefined && texts[1] !== undefined;
  const [one, other] = areTexts ? texts : [numberOf(left), numberOf(right)];
  if (one === undefined || other === undefined)
    throw new Error(`Cannot compare ${left.type} and ${right.type}`);
  if (one === other) return operator.includes('=');
  return operator.startsWith('<') === one < other;
}

function numberOf(value: JinjaValue): number | undefined {
  const number =
    value.type === 'StringValue' ? Number.parseFloat(value.value as string) : Number(value.value);
  return isNothing(value) || Number.isNaN(number) ? undefined : number;
}

export function multiply(left: JinjaValue, right: JinjaValue, budget: Budget): string | number {
  const text = asText(left) ?? asText(right);
  const times = asInteger(left) ?? asInteger(right);
  if (text !== undefined && times !== undefined) {
    budget.checkLength(text.length * Math.max(0, times));
    return text.repeat(Math.max(0, times));
  }
  if (typeof left.value === 'number' && typeof right.value === 'number') return left.value * right.value;
  throw new Error(`Cannot multiply ${left.type} and ${right.type}`);
}

/** Lists, objects and booleans as Python prints them; nothing for what is undefined or none, as in llama.cpp. */
export function printable(value: JinjaValue): JinjaValue {
  const isOther =
    value.type === 'BooleanValue' || asList(value) !== undefined || asEntries(value) !== undefined;
  return isOther ? toValue(display(value)) : value;
}

/** Makes a list of what loops in Python go through: the characters of a text, and nothing of what is undefined. */
export function iterable(value: JinjaValue, budget: Budget): JinjaValue {
  if (value.type === 'UndefinedValue') return toValue([]);
  const text = asText(value);
  if (text === undefined) return value;
  budget.spend(text.length);
  return toValue(Array.from(text));
}

/** `in` */
export function isIn(item: JinjaValue, container: JinjaValue): boolean {
  const text = asText(item);
  const within = asText(container);
  if (text !== undefined && within !== undefined) return within.includes(text);
  const entries = asEntries(container);
  if (entries !== undefined) return text !== undefined && entries.has(text);
  return asList(container)?.some((one) => areEqual(one, item)) ?? false;
}
