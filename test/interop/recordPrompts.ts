/**
 * Records what llama-server renders with the templates of `test/fixtures/templates/`, and what is rendered here where
 * it is something else: look at every change before it is committed.
 *
 *   node test/interop/recordPrompts.ts
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../scripts/support/paths.ts';
import { createChatTemplate } from '../../src/inference/template/index.ts';
import {
  CONVERSATIONS,
  FAMILIES,
  promptsFile,
  type RecordedPrompts,
  readTemplate,
  templateFile,
} from '../support/conversations.ts';
import { chatBody, ensureLlamaServer, startLlamaServer } from './llamaServer.ts';

/** Any model will do: llama-server takes from it only the tokens that templates write. */
const MODEL = join(ROOT, 'test', 'fixtures', 'tinycode-q8_0.gguf');

/** The text that llama-server renders with the template of a file; null for what it refuses. */
export async function renderLive(program: string, file: string): Promise<Omit<RecordedPrompts, 'ours'>> {
  await using server = await startLlamaServer(program, { model: MODEL, templateFile: file });
  const props = (await (await fetch(`${server.url}/props`)).json()) as {
    bos_token: string;
    eos_token: string;
  };
  const llamaServer: Record<string, string | null> = {};
  const now = new Date();
  for (const [name, options] of Object.entries(CONVERSATIONS)) {
    llamaServer[name] = await server.post<{ prompt: string }>('/apply-template', chatBody(options)).then(
      ({ prompt }) => prompt,
      () => null,
    );
  }
  const day = [now.getUTCFullYear(), now.getUTCMonth() + 1, now.getUTCDate()] as const;
  return { day, bosToken: props.bos_token, eosToken: props.eos_token, llamaServer };
}

async function record(program: string, family: string): Promise<void> {
  const live = await renderLive(program, templateFile(family));
  const { day, bosToken, eosToken, llamaServer } = live;
  const [year, month, date] = day;
  const template = createChatTemplate({
    template: readTemplate(family),
    bosToken,
    eosToken,
    specialTexts: [bosToken, eosToken],
  });
  const ours: Record<string, string> = {};
  for (const [name, options] of Object.entries(CONVERSATIONS)) {
    const { text } = template.render({ ...options, now: new Date(year, month - 1, date) });
    if (text !== llamaServer[name]) ours[name] = text;
  }
  await writeFile(promptsFile(family), `${JSON.stringify({ ...live, ours }, undefined, 2)}\n`);
  console.log(`${family}: ${Object.keys(ours).join(', ') || 'no differences'}`);
}

if (import.meta.main) {
  const program = await ensureLlamaServer(console.log);
  for (const family of FAMILIES) await record(program, family);
}
