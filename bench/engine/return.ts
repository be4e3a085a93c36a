/**
 * Returns to conversations: A, B, A, an edit, A, B.
 *
 *   node bench/engine/return.ts --model FILE [--json]
 *
 * Prints `{ steps: [{ name, returns, newTokens, evaluatedTokens, firstTextMs }] }` with `--json`. `newTokens` are those
 * of the prompt that were not in an earlier one of the same conversation.
 */
import { parseArgs } from 'node:util';
import type { ChatMessage } from '../../src/inference/index.ts';
import { userPath } from '../support/userPath.ts';
import { type BenchOptions, benchEngine, textOf } from './world.ts';

const ANSWER_TOKENS = 48;
const CODE =
  'export function sum(values) {\n  let total = 0;\n  for (const value of values) total += value;\n  return total;\n}\n';

/** One request. */
export interface Step {
  readonly name: string;
  /** True if an earlier step was of the same conversation. */
  readonly returns: boolean;
  readonly newTokens: number;
  readonly evaluatedTokens: number;
  readonly firstTextMs: number;
}

interface Conversation {
  readonly messages: ChatMessage[];
  /** Tokens of the last prompt and its answer. */
  knownTokens: number;
}

/** Walks through the conversations. */
export async function measureReturns(
  options: BenchOptions & { readonly promptTokens?: number },
): Promise<Step[]> {
  await using world = await benchEngine(options);
  const { engine } = world;
  const length = options.promptTokens ?? 500;
  const begin = async (start: string): Promise<Conversation> => ({
    messages: [{ role: 'user', content: await textOf(engine, length, start) }],
    knownTokens: 0,
  });
  const conversations: Record<string, Conversation> = {
    A: await begin('Explain what this text is about. '),
    B: await begin('Translate this text into German. '),
  };
  const steps: Step[] = [];
  const ask = async (name: string, { messages, knownTokens }: Conversation, purpose: 'chat' | 'edit') => {
    const returns = knownTokens > 0;
    if (returns) messages.push({ role: 'user', content: 'Go on, please.' });
    const copiedText = purpose === 'edit' ? CODE : undefined;
    const answer = await engine.chat({ messages, purpose, copiedText, maxTokens: ANSWER_TOKENS });
    messages.push({ role: 'assistant', content: answer.text });
    const { promptTokens, answerTokens, evaluatedTokens, firstTextMs = Number.NaN } = answer;
    steps.push({ name, returns, newTokens: promptTokens - knownTokens, evaluatedTokens, firstTextMs });
    return promptTokens + answerTokens;
  };
  for (const name of ['A', 'B', 'A', 'edit', 'A', 'B']) {
    const conversation = conversations[name];
    if (conversation === undefined) {
      const content = `Add types to this code, and answer with the code alone.\n\`\`\`js\n${CODE}\`\`\``;
      await ask(name, { messages: [{ role: 'user', content }], knownTokens: 0 }, 'edit');
    } else conversation.knownTokens = await ask(name, conversation, 'chat');
  }
  return steps;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { model: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  if (values.model === undefined) throw new Error('--model FILE is needed.');
  const steps = await measureReturns({ model: userPath(values.model), contextTokens: 4096 });
  if (values.json) console.log(JSON.stringify({ steps }));
  else console.table(steps);
}
