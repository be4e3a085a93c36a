/** A real registry with the toy models whose answers are known to the letter, and the trained sample. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SAMPLE_GGUF } from '../../scripts/support/sample.ts';
import { buildDockerModel } from './dockerModel.ts';
import { startDockerRegistry } from './dockerRegistry.ts';
import { pushModel } from './pushModel.ts';
import { writeToyGguf } from './toyGguf.ts';
import { CHAT_REPLY, CODE_LINE, FILES_REPLY, FILLED, NEXT_EDIT } from './toyReplies.ts';

/** The registry's host and what ends it. */
export interface TestModels {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  close(): Promise<void>;
}

/** Starts docker-registry and pushes `ai/toy:chat`, `ai/toy:code`, `ai/toy:fim`, `ai/toy:files`, `ai/toy:edits` and `ai/tinycode:latest`. */
export async function startTestModels(): Promise<TestModels> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-toys-'));
  const registry = await startDockerRegistry();
  try {
    const chat = join(folder, 'toy-chat.gguf');
    const code = join(folder, 'toy-code.gguf');
    await writeToyGguf(chat, { reply: CHAT_REPLY, name: 'Toy chat', startsAfterSpace: true });
    const codeReply = `\`\`\`ts\n${CODE_LINE}\n\`\`\``;
    await writeToyGguf(code, { reply: codeReply, name: 'Toy code', startsAfterSpace: true });
    const fim = join(folder, 'toy-fim.gguf');
    await writeToyGguf(fim, { reply: CHAT_REPLY, infill: FILLED, name: 'Toy FIM' });
    const files = join(folder, 'toy-files.gguf');
    await writeToyGguf(files, { reply: FILES_REPLY, name: 'Toy files', startsAfterSpace: true });
    // Known by the name in its header as one for next edits, whatever it is called in the registry.
    const edits = join(folder, 'toy-edits.gguf');
    const edit = { reply: NEXT_EDIT, infill: FILLED, marks: ['<|file_sep|>'] };
    await writeToyGguf(edits, { ...edit, name: 'Sweep Next Edit 1.5B' });
    const details = { quantization: 'F16', parameters: '50 K' };
    await pushModel(registry.host, 'ai/toy', 'chat', await buildDockerModel([chat], details));
    await pushModel(registry.host, 'ai/toy', 'code', await buildDockerModel([code], details));
    await pushModel(registry.host, 'ai/toy', 'fim', await buildDockerModel([fim], details));
    await pushModel(registry.host, 'ai/toy', 'files', await buildDockerModel([files], details));
    await pushModel(registry.host, 'ai/toy', 'edits', await buildDockerModel([edits], details));
    await pushModel(registry.host, 'ai/tinycode', 'latest', await buildDockerModel([SAMPLE_GGUF]));
  } catch (error) {
    await registry.close();
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return registry;
}
