/** LM Studio: https://lmstudio.ai/docs/developer/rest. The list of its own API tells what each model is and can do. */
import { at, type ServedModel, tokenCount } from '../servedModel.ts';
import { COMMON_SAMPLING, type Server } from './server.ts';

export const lmStudio: Server = {
  name: 'LM Studio',
  recognize: async (_, ask) => ownModels(await ask('/api/v1/models')) !== undefined,
  readEntry: ({ id }) => ({ id, abilities: {} }),
  describeAll: async (models, ask) => {
    const own = ownModels(await ask('/api/v1/models')) ?? [];
    return models.map((model) => described(model, own));
  },
  describe: async (model, ask) => described(model, ownModels(await ask('/api/v1/models')) ?? []),
  dialect: {
    sampling: { ...COMMON_SAMPLING, topK: 'top_k', repeatPenalty: 'repeat_penalty' },
    // https://lmstudio.ai/docs/developer/openai-compat/structured-output
    schema: 'json_schema',
    infill: 'raw',
    hasProbabilities: false,
  },
};

/** Any path answers with status 200 here, so the form of the list counts. */
function ownModels(json: unknown): unknown[] | undefined {
  const models = at(json, 'models');
  return Array.isArray(models) && models.every((model) => typeof at(model, 'key') === 'string')
    ? models
    : undefined;
}

/** An entry of the list has the key of a model, or the id of an instance of it that is loaded. */
function described(model: ServedModel, own: readonly unknown[]): ServedModel {
  for (const entry of own) {
    const instances = at(entry, 'loaded_instances');
    const loaded = Array.isArray(instances) ? instances : [];
    const instance = loaded.find((one) => at(one, 'id') === model.id);
    if (at(entry, 'key') !== model.id && instance === undefined) continue;
    const used = instance ?? loaded[0];
    const vision = at(entry, 'capabilities', 'vision');
    const tools = at(entry, 'capabilities', 'trained_for_tool_use');
    return {
      ...model,
      contextTokens: tokenCount(at(used, 'config', 'context_length')) ?? model.contextTokens,
      trainContextTokens: tokenCount(at(entry, 'max_context_length')),
      isLoaded: loaded.length > 0,
      abilities: {
        chat: at(entry, 'type') === 'llm',
        vision: typeof vision === 'boolean' ? vision : undefined,
        tools: typeof tools === 'boolean' ? tools : undefined,
      },
    };
  }
  return model;
}
