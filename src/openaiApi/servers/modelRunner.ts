/** Docker Model Runner: https://github.com/docker/model-runner. llama.cpp or vLLM answer behind it. */
import { at, tokenCount } from '../servedModel.ts';
import { COMMON_SAMPLING, type Server } from './server.ts';

/** Tokens that it allocates unless the model or the user says otherwise. */
const DEFAULT_CONTEXT = 4_096;

export const modelRunner: Server = {
  name: 'Docker Model Runner',
  recognize: async (entries, ask) =>
    entries.some(({ ownedBy, fields }) => ownedBy === 'docker' || at(fields, 'dmr') !== undefined) ||
    at(await ask('/engines/status'), 'llama.cpp') !== undefined,
  readEntry: ({ id, fields }) => {
    const configured = tokenCount(at(fields, 'dmr', 'context_window'));
    return { id, contextTokens: configured ?? DEFAULT_CONTEXT, abilities: {} };
  },
  dialect: {
    sampling: { ...COMMON_SAMPLING, topK: 'top_k', minP: 'min_p', repeatPenalty: 'repeat_penalty' },
    withoutThoughts: { chat_template_kwargs: { enable_thinking: false } },
    schema: 'json_schema',
    infill: 'raw',
    hasProbabilities: true,
  },
};
