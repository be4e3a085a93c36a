/** The texts that people read: the first arguments of `t(…)` in the sources. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CallExpression, type Expression, type Node, parse, type SpreadElement } from 'acorn';
import { simple } from 'acorn-walk';
import { transform } from 'esbuild';
import { ROOT } from './paths.ts';

/** A call of `t` whose text cannot be known. */
export class NoLiteralError extends Error {}

function literalOf(argument: Expression | SpreadElement | undefined): string | undefined {
  if (argument?.type === 'Literal' && typeof argument.value === 'string') return argument.value;
  if (argument?.type === 'TemplateLiteral' && argument.expressions.length === 0)
    return argument.quasis[0]?.value.cooked ?? undefined;
  return undefined;
}

/**
 * The texts of one source, in its order.
 * @param file for messages.
 * @throws NoLiteralError for a text that is no literal: it would never be translated.
 */
export async function textsOf(file: string, source: string): Promise<string[]> {
  const found: string[] = [];
  const { code } = await transform(source, { loader: 'ts', target: 'esnext' });
  const program: Node = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
  simple(program, {
    CallExpression: ({ callee, arguments: given, start, end }: CallExpression) => {
      if (callee.type !== 'Identifier' || callee.name !== 't') return;
      const text = literalOf(given[0]);
      if (text === undefined) {
        const call = code.slice(start, end);
        throw new NoLiteralError(`${file}: the text of ${call} is no literal, so nobody can translate it.`);
      }
      found.push(text);
    },
  });
  return found;
}

/** All texts of `src/`, sorted, as VS Code's bundle has them: each stands for itself. */
export async function bundleOfSources(): Promise<Record<string, string>> {
  const folder = join(ROOT, 'src');
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts = new Set<string>();
  for (const name of names.sort()) {
    const source = await readFile(join(folder, name), 'utf8');
    if (!/\bt\(/.test(source)) continue;
    for (const text of await textsOf(join('src', name), source)) texts.add(text);
  }
  return Object.fromEntries([...texts].sort().map((text) => [text, text]));
}
