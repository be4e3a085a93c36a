/** Compiles a chat template; the result can be rendered any number of times. */
import type { Budget } from './budget.ts';
import { TemplateLimitError } from './budget.ts';
import { Environment, parseTemplate } from './engine.ts';
import { BoundedInterpreter } from './interpreter.ts';
import { formatDay } from './strftime.ts';

/** Characters of a template. The largest ones of publishers have about 30,000. */
export const MAX_TEMPLATE_CHARACTERS = 256 * 1024;

/** The template itself said that it cannot render this, with `raise_exception`. */
export class TemplateRefusal extends Error {}

export interface CompiledTemplate {
  /**
   * @param variables plain values, such as `messages`.
   * @throws TemplateRefusal, {@link TemplateLimitError}, or another Error if the template uses what the engine lacks.
   */
  render(variables: Readonly<Record<string, unknown>>, budget: Budget, now: Date): string;
}

/**
 * @throws TemplateLimitError if the template is too large.
 * @throws Error if it is not a template.
 */
export function compileTemplate(source: string): CompiledTemplate {
  if (source.length > MAX_TEMPLATE_CHARACTERS) throw new TemplateLimitError('size');
  const program = parseTemplate(source);
  return {
    render(variables, budget, now) {
      const environment = new Environment();
      const globals = { ...constants(), ...functions(budget, now), ...variables };
      for (const [name, value] of Object.entries(globals)) environment.set(name, value);
      const rendered = new BoundedInterpreter(environment, budget).run(program).value;
      return rendered as string;
    },
  };
}

function constants(): Record<string, unknown> {
  return { true: true, True: true, false: false, False: false, none: null, None: null };
}

function functions(budget: Budget, now: Date): Record<string, unknown> {
  return {
    raise_exception: (message: unknown) => {
      throw new TemplateRefusal(String(message));
    },
    range: (...args: number[]) => range(args, budget),
    strftime_now: (format: unknown) => formatDay(now, String(format)),
  };
}

/** Python's range, charged before the list is made. */
function range(args: readonly number[], budget: Budget): number[] {
  const [start = 0, stop = 0, step = 1] = args.length === 1 ? [0, args[0]] : args;
  if (![start, stop, step].every(Number.isInteger) || step === 0) throw new Error('range() takes integers');
  const count = Math.max(0, Math.ceil((stop - start) / step));
  budget.checkLength(count);
  budget.spend(count);
  return Array.from({ length: count }, (_, at) => start + at * step);
}
