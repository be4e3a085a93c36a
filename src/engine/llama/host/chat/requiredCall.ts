/** Asks llama.cpp once more for a call of a tool that the caller requires, under a grammar. */
import type { LlamaGrammarEvaluationState } from 'node-llama-cpp';
import { readRequiredCall } from '../../../readRequiredCall.ts';
import { callSchema, noCallMessage } from '../../../requiredCall.ts';
import type { ChatEvent, ChatParams } from '../../calls/chat.ts';
import { type GenerationPlan, type GenerationResult, generate } from '../generation/generate.ts';
import { HostError } from '../hostError.ts';
import type { HostModel } from '../load/loadModel.ts';
import type { Turn } from '../turns.ts';

type Tools = ChatParams['tools'];

/**
 * Generates a call of one of the tools, and emits it.
 * @param plan of the answer without a call.
 * @throws HostError `engine-error` if that fails too.
 */
export async function requireCall(
  host: HostModel,
  tools: Tools,
  plan: GenerationPlan,
  turn: Turn,
  emit: (event: ChatEvent) => void,
): Promise<GenerationResult> {
  const grammar = await callGrammar(host, tools);
  let text = '';
  const result = await generate(host, { ...plan, grammar, copied: undefined, stop: [] }, turn, {
    onPrompt: () => {},
    onPiece: (piece) => {
      text += piece.text;
    },
  });
  if (result.end === 'cancelled') return result;
  const call = readRequiredCall(text, tools);
  if (call === undefined) throw new HostError('engine-error', noCallMessage(result.end === 'length'));
  emit({ call: { name: call.name, arguments: { ...call.arguments } }, answerTokens: result.answerTokens });
  return result;
}

async function callGrammar(host: HostModel, tools: Tools): Promise<LlamaGrammarEvaluationState> {
  const schemaOf = (withArguments: boolean): object => callSchema(tools, { withArguments, choice: 'oneOf' });
  try {
    return await host.grammars.forSchema(schemaOf(true));
  } catch {
    // A schema may have parts that the library does not know; the arguments are compared with it afterwards.
    return host.grammars.forSchema(schemaOf(false));
  }
}
