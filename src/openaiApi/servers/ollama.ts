/**
 * Ollama: https://github.com/ollama/ollama, docs/api.md and docs/openai.md. Its OpenAI-compatible API takes none of
 * llama.cpp's own parameters, and the context that it allocates is told by `/api/ps` only.
 */
import { at, type ServedModel, tokenCount, words } from '../servedModel.ts';
import { COMMON_SAMPLING, type Server } from './server.ts';

/**
 * Tokens that Ollama allocates on a machine with less than 24 GiB of memory of a GPU. A longer prompt is cut from the
 * front, and nobody is told, so the least is assumed until the model is loaded.
 */
const LEAST_CONTEXT = 4_096;
/** Models whose abilities are asked for, one request each. */
const MAX_SHOWN = 64;

export const ollama: Server = {
  name: 'Ollama',
  recognize: async (_, ask) => typeof at(await ask('/api/version'), 'version') === 'string',
  readEntry: ({ id }) => ({ id, contextTokens: LEAST_CONTEXT, abilities: {} }),
  describeAll: async (models, ask) => {
    const running = await ask('/api/ps');
    const shown = await Promise.all(
      models.slice(0, MAX_SHOWN).map(async (model) => {
        const details = await ask('/api/show', { model: model.id });
        return withRunning(withDetails(model, details), running);
      }),
    );
    return [...shown, ...models.slice(MAX_SHOWN)];
  },
  describe: async (model, ask) => {
    const [details, running] = await Promise.all([ask('/api/show', { model: model.id }), ask('/api/ps')]);
    return withRunning(withDetails(model, details), running);
  },
  dialect: {
    sampling: COMMON_SAMPLING,
    withoutThoughts: { reasoning_effort: 'none' },
    // openai/openai.go, FromChatRequest: it takes a schema, and has no `tool_choice`.
    schema: 'json_schema',
    // openai/openai.go, Message: another field is ignored.
    thoughtField: 'reasoning',
    infill: 'suffix',
    hasProbabilities: false,
  },
};

function withDetails(model: ServedModel, details: unknown): ServedModel {
  const architecture = at(details, 'model_info', 'general.architecture');
  const capabilities = words(at(details, 'capabilities'));
  const isKnown = capabilities.length > 0;
  return {
    ...model,
    trainContextTokens: tokenCount(at(details, 'model_info', `${String(architecture)}.context_length`)),
    abilities: isKnown
      ? {
          chat: capabilities.includes('completion'),
          tools: capabilities.includes('tools'),
          vision: capabilities.includes('vision'),
          thinking: capabilities.includes('thinking'),
          infill: capabilities.includes('insert'),
        }
      : model.abilities,
  };
}

function withRunning(model: ServedModel, running: unknown): ServedModel {
  const models = at(running, 'models');
  if (!Array.isArray(models)) return model;
  const own = models.find((one) => at(one, 'name') === model.id || at(one, 'model') === model.id);
  const { trainContextTokens } = model;
  const allocated = tokenCount(at(own, 'context_length'));
  const least = Math.min(LEAST_CONTEXT, trainContextTokens ?? LEAST_CONTEXT);
  return { ...model, contextTokens: allocated ?? least, isLoaded: own !== undefined };
}
