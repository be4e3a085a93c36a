/**
 * llama-cpp-python's server: https://github.com/abetlen/llama-cpp-python, llama_cpp/server. It tells nothing about its
 * models, answers one request at a time, and ends a stream without a word if the conversation is longer than its context.
 */
import { at, tokenCount } from '../servedModel.ts';
import { COMMON_SAMPLING, type Server } from './server.ts';

export const llamaCppPython: Server = {
  name: 'llama-cpp-python',
  recognize: async (entries, ask) =>
    entries.some(({ ownedBy }) => ownedBy === 'me') &&
    /llama\.cpp Python/.test(String(at(await ask('/openapi.json'), 'info', 'title'))),
  readEntry: ({ id }) => ({ id, abilities: {}, isLoaded: true }),
  dialect: {
    sampling: { ...COMMON_SAMPLING, topK: 'top_k', minP: 'min_p', repeatPenalty: 'repeat_penalty' },
    // A newer request ends the answer of the one before.
    givesReasons: true,
    namesRequiredTool: true,
    // llama_cpp/llama_types.py, ChatCompletionRequestResponseFormat: `text` and `json_object` only.
    schema: 'json_object',
    infill: 'raw',
    hasProbabilities: false,
  },
  counting: {
    path: '/extras/tokenize/count',
    // The token that begins a text is among them.
    body: (model, text) => ({ model, input: text }),
    read: (json) => tokenCount(at(json, 'count')),
  },
};
