/**
 * A call of a tool that the caller requires: if the model answered without one, it is asked once more under a grammar
 * that leaves it no choice but to call.
 */
import type { LlamaGrammarEvaluationState } from 'node-llama-cpp';
import { readAnswer } from '../../../../inference/format/index.ts';
import { noCallMessage } from '../../../noCall.ts';
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
  const { calls } = readAnswer(`<tool_call>\n${text}\n</tool_call>`, { tools, thoughtOpen: false });
  const [call] = calls;
  if (call === undefined) throw new HostError('engine-error', noCallMessage(result.end === 'length'));
  emit({ call: { name: call.name, arguments: { ...call.arguments } }, answerTokens: result.answerTokens });
  return result;
}

async function callGrammar(host: HostModel, tools: Tools): Promise<LlamaGrammarEvaluationState> {
  try {
    return await host.grammars.forSchema(callSchema(tools, true));
  } catch {
    // A schema may have parts that the library does not know; the arguments are compared with it afterwards.
    return host.grammars.forSchema(callSchema(tools, false));
  }
}

function callSchema(tools: Tools, withArguments: boolean): object {
  const anything = { type: 'object', additionalProperties: true };
  return {
    oneOf: tools.map(({ name, inputSchema }) => ({
      type: 'object',
      properties: { name: { const: name }, arguments: withArguments ? (inputSchema ?? anything) : anything },
      required: ['name', 'arguments'],
    })),
  };
}
