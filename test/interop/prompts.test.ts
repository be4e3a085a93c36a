/** Prompts against llama-server, live: texts of all templates, and tokens of a real model. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import { createChatTemplate, promptBos } from '../../src/inference/template/index.ts';
import {
  CONVERSATIONS,
  FAMILIES,
  type RecordedPrompts,
  readPrompts,
  readTemplate,
  templateFile,
} from '../support/conversations.ts';
import {
  chatBody,
  ensureLlamaServer,
  ensureLlamaTemplates,
  type LlamaServer,
  startLlamaServer,
} from './llamaServer.ts';
import { renderLive } from './recordPrompts.ts';
import { ensureSmolLm } from './smollm.ts';

const attempt = await ensureLlamaServer(console.log).then(
  (program) => ({ program, why: false as const }),
  (error: Error) => ({ program: '', why: error.message }),
);

/** Renders all conversations that llama-server rendered, on its day. */
function* compare(live: Omit<RecordedPrompts, 'ours'>, source: string) {
  const { bosToken, eosToken, day, llamaServer } = live;
  const specialTexts = [bosToken, eosToken];
  const template = createChatTemplate({ template: source, bosToken, eosToken, specialTexts });
  const now = new Date(day[0], day[1] - 1, day[2]);
  for (const [name, options] of Object.entries(CONVERSATIONS)) {
    const { text, notes } = template.render({ ...options, now });
    yield { name, text, notes, theirs: llamaServer[name] };
  }
}

describe('prompts beside llama-server', { skip: attempt.why }, () => {
  for (const family of FAMILIES) {
    test(`${family} is rendered as it is here`, async () => {
      const live = await renderLive(attempt.program, templateFile(family));
      const { ours } = readPrompts(family);
      for (const { name, text, theirs } of compare(live, readTemplate(family))) {
        if (name in ours) assert.notEqual(text, theirs, `${name} needs no exception any more`);
        else assert.equal(text, theirs, name);
      }
    });
  }
});

/** Templates of llama.cpp's collection that are rendered otherwise here, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'StepFun3.5-Flash.jinja': 'llama-server trims its messages, and the template does not',
  'unsloth-mistral-Devstral-Small-2507.jinja': 'llama-server leaves out an answer that has a thought',
};

describe('templates of llama.cpp beside llama-server', { skip: attempt.why }, async () => {
  const folder = attempt.why === false ? await ensureLlamaTemplates() : undefined;
  const files = folder === undefined ? [] : (await readdir(folder)).filter((file) => file.endsWith('.jinja'));
  for (const file of files) {
    test(file, { skip: OTHERWISE[file] ?? false }, async () => {
      const path = join(folder ?? '', file);
      const live = await renderLive(attempt.program, path);
      for (const { name, text, notes, theirs } of compare(live, await readFile(path, 'utf8'))) {
        assert.equal(notes.join().includes('cannot be used'), false, `${name}: ${notes.join()}`);
        // An answer is continued as the template would begin it; llama-server adds marks that it found by comparing.
        if (name === 'continued' || theirs === null || notes.length > 0) continue;
        assert.equal(text, theirs, name);
      }
    });
  }
});

const model = await ensureSmolLm().then(
  (path) => ({ path, why: attempt.why }),
  (error: Error) => ({ path: '', why: error.message }),
);

/** A vocabulary in node-llama-cpp, and the prompts of its own template. */
async function loadVocabulary(path: string) {
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.error });
  const loaded = await llama.loadModel({ modelPath: path, vocabOnly: true });
  const { bosString, eosString, bos, shouldPrependBosToken: addBos } = loaded.tokens;
  const bosToken = bosString ?? '';
  const template = createChatTemplate({
    template: loaded.fileInfo.metadata.tokenizer?.chat_template ?? '',
    bosToken,
    eosToken: eosString ?? '',
    specialTexts: ['<|im_start|>', '<|im_end|>', '<|endoftext|>'],
  });
  return {
    endOfTurn: loaded.tokenize('<|im_end|>', true)[0],
    tokensOf(name: string): number[] {
      const { pieces, text } = template.render(CONVERSATIONS[name] ?? { messages: [] });
      const first = bos !== null && promptBos(text, { addBos, bosToken }) ? [bos] : [];
      const tokens = pieces.flatMap((piece, at) =>
        loaded.tokenize(piece.text, piece.special, at === 0 ? undefined : 'trimLeadingSpace'),
      );
      return [...first, ...tokens];
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await loaded.dispose();
      await llama.dispose();
    },
  };
}

async function tokensOfServer(server: LlamaServer, name: string): Promise<number[]> {
  const body = chatBody(CONVERSATIONS[name] ?? { messages: [] });
  const { prompt } = await server.post<{ prompt: string }>('/apply-template', body);
  const request = { content: prompt, add_special: true, parse_special: true };
  return (await server.post<{ tokens: number[] }>('/tokenize', request)).tokens;
}

describe('tokens of SmolLM2', { skip: model.why }, () => {
  test('are those of llama-server, except for marks in messages', async () => {
    await using server = await startLlamaServer(attempt.program, { model: model.path });
    await using vocabulary = await loadVocabulary(model.path);
    for (const name of ['user', 'system', 'turns', 'twoUsers', 'emptySystem', 'edges', 'continued'])
      assert.deepEqual(vocabulary.tokensOf(name), await tokensOfServer(server, name), name);
    const ends = (tokens: readonly number[]): number =>
      tokens.filter((token) => token === vocabulary.endOfTurn).length;
    assert.equal(
      ends(vocabulary.tokensOf('marks')),
      2,
      'of the instructions that the template adds, and of the question',
    );
    assert.ok(ends(await tokensOfServer(server, 'marks')) > 2);
  });
});
