/** vLLM: https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html, “Extra parameters”. */
import { at, tokenCount } from '../servedModel.ts';
import { COMMON_SAMPLING, type Server } from './server.ts';

export const vllm: Server = {
  name: 'vLLM',
  recognize: (entries) => entries.some(({ ownedBy }) => ownedBy === 'vllm'),
  readEntry: ({ id, fields }) => ({
    id,
    contextTokens: tokenCount(fields['max_model_len']),
    abilities: {},
    isLoaded: true,
  }),
  dialect: {
    sampling: { ...COMMON_SAMPLING, topK: 'top_k', minP: 'min_p', repeatPenalty: 'repetition_penalty' },
    withoutThoughts: { chat_template_kwargs: { enable_thinking: false } },
    // It goes on with the text of a message only, so a thought cannot be closed without the marks of its template.
    continuation: { continue_final_message: true, add_generation_prompt: false },
    schema: 'json_schema',
    infill: 'raw',
    hasProbabilities: true,
  },
  counting: {
    path: '/tokenize',
    body: (model, text) => ({ model, prompt: text, add_special_tokens: false }),
    read: (json) => tokenCount(at(json, 'count')),
  },
};
