/**
 * llama-server, alone or as a router of several models: https://github.com/ggml-org/llama.cpp, tools/server/README.md.
 * The parameters of its own API are those of OpenAI's as well.
 */
import { SAMPLING_NAMES } from '../../base/sampling.ts';
import { at, readModelList, type ServedModel, tokenCount, visionIn } from '../servedModel.ts';
import type { Ask, Server } from './server.ts';

/** `continue_final_message` as a word says which part of the message goes on: the text behind the thought. */
const CLOSED_THOUGHT = { continue_final_message: 'content', add_generation_prompt: false };

export const llamaServer: Server = {
  name: 'llama-server',
  recognize: (entries) => entries.some(({ ownedBy }) => ownedBy === 'llamacpp'),
  readEntry: (entry) => {
    const { id, fields } = entry;
    // A router tells the state of each model, and what it takes before it is loaded.
    const status = at(fields, 'status', 'value');
    return {
      id,
      contextTokens: tokenCount(at(fields, 'meta', 'n_ctx')),
      trainContextTokens: tokenCount(at(fields, 'meta', 'n_ctx_train')),
      abilities: { vision: visionIn(entry) },
      isLoaded: status === undefined ? true : status === 'loaded',
    };
  },
  describe: async (model, ask) => {
    const props = await ask(`/props?model=${encodeURIComponent(model.id)}`);
    const caps = at(props, 'chat_template_caps');
    const [infill, closesThoughts] = await Promise.all([canFillIn(model, ask), canCloseThoughts(model, ask)]);
    // A router has loaded the model for these questions, and soon knows more about it.
    const known = model.isLoaded === false ? await listedAgain(model, ask) : model;
    return {
      ...known,
      contextTokens: tokenCount(at(props, 'default_generation_settings', 'n_ctx')) ?? known.contextTokens,
      abilities: {
        ...known.abilities,
        vision: yesNo(at(props, 'modalities', 'vision')) ?? known.abilities.vision,
        tools: yesNo(at(caps, 'supports_tools')),
        infill,
        closesThoughts,
      },
    } satisfies ServedModel;
  },
  dialect: {
    sampling: SAMPLING_NAMES,
    withoutThoughts: { chat_template_kwargs: { enable_thinking: false } },
    closedThought: CLOSED_THOUGHT,
    chat: { return_progress: true, cache_prompt: true },
    schema: 'json_schema',
    infill: 'infill',
    hasProbabilities: true,
  },
  counting: {
    path: '/tokenize',
    body: (model, text) => ({ model, content: text }),
    read: (json) => {
      const tokens = at(json, 'tokens');
      return Array.isArray(tokens) ? tokens.length : undefined;
    },
  },
};

/**
 * Marks that llama.cpp knows as the beginning of a fill-in-the-middle prompt (src/llama-vocab.cpp). One that is a special
 * token of the vocabulary is one piece.
 */
const MARKS = [
  '<|fim_prefix|>',
  '<fim-prefix>',
  '<fim_prefix>',
  '<｜fim▁begin｜>',
  '<PRE>',
  '▁<PRE>',
  '<|code_prefix|>',
  '<|prefix|>',
];

/** Text that no template has. */
const PROBE = 'oci-models-probe';

/**
 * Lets the server write a prompt that goes on behind a thought. A model that does not think has no place for one, and a
 * server that does not know the field leaves the thought open, or refuses.
 */
async function canCloseThoughts({ id }: ServedModel, ask: Ask) {
  const messages = [
    { role: 'user', content: '' },
    { role: 'assistant', content: '', reasoning_content: PROBE },
  ];
  const prompt = at(await ask('/apply-template', { model: id, messages, ...CLOSED_THOUGHT }), 'prompt');
  return typeof prompt === 'string' && new RegExp(`${PROBE}\\s*\\S`).test(prompt);
}

async function canFillIn({ id }: ServedModel, ask: Ask) {
  const body = { model: id, content: MARKS.join('\n'), parse_special: true, with_pieces: true };
  const tokens = at(await ask('/tokenize', body), 'tokens');
  if (!Array.isArray(tokens)) return undefined;
  return tokens.some((token) => MARKS.includes(String(at(token, 'piece'))));
}

async function listedAgain(model: ServedModel, ask: Ask): Promise<ServedModel> {
  const entry = readModelList(await ask('/v1/models'))?.find(({ id }) => id === model.id);
  return entry === undefined ? model : llamaServer.readEntry(entry);
}

function yesNo(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
