/** The template engine, with types of our own: its declarations do not resolve from an ES module. */
import * as jinja from '@huggingface/jinja';

/** A value at run time. */
export interface JinjaValue {
  /** The name of its class, such as `StringValue`. */
  readonly type: string;
  readonly value: unknown;
  /** Truth as in Python. */
  __bool__(): { readonly value: boolean };
  toString(): string;
}

/** A node of a parsed template. */
export interface JinjaNode {
  readonly type: string;
}

export interface Environment {
  readonly variables: Map<string, JinjaValue>;
  /** Converts a plain value, and declares it. @throws SyntaxError if the name is declared already. */
  set(name: string, value: unknown): JinjaValue;
}

export interface Interpreter {
  run(program: JinjaNode): JinjaValue;
  /** Every node goes through here. */
  evaluate(node: JinjaNode | undefined, environment: Environment): JinjaValue;
}

export const Environment = jinja.Environment as unknown as new () => Environment;
export const Interpreter = jinja.Interpreter as unknown as new (environment: Environment) => Interpreter;

/** Parses a template as the publishers' library does: lines with nothing but a block leave nothing. */
export function parseTemplate(source: string): JinjaNode {
  return jinja.parse(jinja.tokenize(source, { lstrip_blocks: true, trim_blocks: true })) as JinjaNode;
}
