/**
 * Any other server of OpenAI's API, of which nothing beyond that is expected. Gateways list what a model takes as
 * OpenRouter does: https://openrouter.ai/docs/overview/models, “Architecture Object”.
 */
import { tokenCount, visionIn } from '../servedModel.ts';
import { COMMON_SAMPLING, type Server } from './server.ts';

export const other: Server = {
  name: 'OpenAI-compatible server',
  recognize: () => true,
  readEntry: (entry) => {
    const { id, fields } = entry;
    const contextTokens = tokenCount(fields['context_length']) ?? tokenCount(fields['max_model_len']);
    return { id, contextTokens, abilities: { vision: visionIn(entry) } };
  },
  dialect: { sampling: COMMON_SAMPLING, infill: 'raw', hasProbabilities: false },
};
