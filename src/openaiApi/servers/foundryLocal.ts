/** Foundry Local: https://learn.microsoft.com/azure/foundry-local/reference/reference-rest. */
import { at, tokenCount } from '../servedModel.ts';
import { COMMON_SAMPLING, type Server } from './server.ts';

export const foundryLocal: Server = {
  name: 'Foundry Local',
  recognize: async (_, ask) => at(await ask('/openai/status'), 'endpoints') !== undefined,
  readEntry: ({ id, fields }) => {
    const [input, output] = [tokenCount(fields['maxInputTokens']), tokenCount(fields['maxOutputTokens'])];
    const tools = fields['toolCalling'];
    return {
      id,
      contextTokens: input === undefined ? undefined : input + (output ?? 0),
      abilities: { tools: typeof tools === 'boolean' ? tools : undefined },
    };
  },
  dialect: {
    sampling: { ...COMMON_SAMPLING, topK: 'top_k' },
    infill: 'raw',
    hasProbabilities: false,
  },
};
