/** A store with models that a scripted engine answers for, and turns of `@local` with them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type * as vscode from 'vscode';
import { silentLog } from '../../../../src/base/log.ts';
import { EnginePool, engineFactory, listModels } from '../../../../src/engine/index.ts';
import { parseReference } from '../../../../src/oci/spec/reference.ts';
import { Choices, Endpoints, Session } from '../../../../src/session/index.ts';
import { ModelStore } from '../../../../src/store/index.ts';
import { ChatRequestTurn, ChatResponseMarkdownPart, Stream } from '../../../support/chatStub.ts';
import { buildDockerModel } from '../../../support/dockerModel.ts';
import { endpointAccess } from '../../../support/endpointEngine.ts';
import { addLocalModel } from '../../../support/localModel.ts';
import { type Script, ScriptedEngine } from '../../../support/scriptedEngine.ts';
import type { ScriptedServer } from '../../../support/scriptedServer.ts';
import { gguf, text, u32 } from '../../gguf/writer.ts';

const { answerTurn } = await import('../../../../src/vscode/chat/chatTurn.ts');
const { AnsweredCodes } = await import('../../../../src/vscode/chat/answeredCode.ts');
const { ImageFiles } = await import('../../../../src/vscode/chat/gather/imageFiles.ts');
const { LeftOutPieces } = await import('../../../../src/vscode/chat/leftOutPieces.ts');
const { NativeChatOffer } = await import('../../../../src/vscode/chat/nativeChat.ts');
const { OfferedModels } = await import('../../../../src/vscode/chat/offeredModels.ts');
const { Thinking } = await import('../../../../src/vscode/chat/thoughts.ts');
const { PickedModel } = await import('../../../../src/vscode/chat/pickedModel.ts');

/** A part of VS Code's memory. */
export class TestMemory {
  readonly #values = new Map<string, unknown>();
  get(key: string): unknown {
    return this.#values.get(key);
  }
  async update(key: string, value: unknown): Promise<void> {
    this.#values.set(key, value);
  }
}

/** The id of a model of the store. */
export function idOf(name: string): string {
  return `registry.test/ai/${name}`;
}

/** Opens a store with models of these names. */
export async function chatRoom(
  t: TestContext,
  script: Script,
  names: readonly string[] = ['one:1'],
  server?: ScriptedServer,
) {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-chat-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const store = await ModelStore.open(join(folder, 'store'));
  const add = async (name: string): Promise<void> => {
    const path = join(folder, `${name.replace(':', '-')}.gguf`);
    const pairs = [
      ['general.architecture', text('llama')],
      ['llama.context_length', u32(2048)],
    ] as const;
    await writeFile(path, gguf({ pairs, tensors: [{ name: 'token_embd.weight', sizes: [8, 8] }] }));
    await addLocalModel(store, idOf(name), await buildDockerModel([path]));
  };
  for (const name of names) await add(name);
  const engines: ScriptedEngine[] = [];
  const access = endpointAccess(t);
  const onServers = engineFactory({ hostPath: '/nowhere', endpoints: access });
  const pool = new EnginePool((source) => {
    if (source.kind === 'endpoint') return onServers(source);
    const engine = new ScriptedEngine(script);
    engines.push(engine);
    return engine;
  });
  const choices = new Choices({ folder: join(folder, 'choices'), log: silentLog });
  const endpoints =
    server === undefined
      ? undefined
      : new Endpoints({
          entries: () => [{ name: 'Office', url: server.url }],
          list: ({ url }) => listModels(access, new URL(url)),
          log: silentLog,
        });
  const models = new Session({
    store: async () => store,
    pool,
    choices,
    ...(endpoints === undefined ? {} : { endpoints }),
    loadOptions: () => ({}),
    log: silentLog,
  });
  const memory = new TestMemory();
  const offered = new OfferedModels(memory);
  const picked = new PickedModel(models, offered, silentLog);
  t.after(() => {
    picked.dispose();
    models.dispose();
    void pool.unloadAll();
    choices.dispose();
    store.dispose();
  });
  const native = new NativeChatOffer(memory);
  const services = {
    native,
    models,
    picked,
    leftOut: new LeftOutPieces(),
    answered: new AnsweredCodes(),
    thinking: new Thinking(),
    imageFiles: new ImageFiles(),
    log: silentLog,
  };
  const history: unknown[] = [];
  /** Asks as the chat view does, and keeps the turn in the history. */
  const turn = async (prompt: string, more: Partial<Record<keyof vscode.ChatRequest, unknown>> = {}) => {
    const shown = new Stream();
    const request = { prompt, references: [], toolReferences: [], model: undefined, ...more };
    const result = await answerTurn(services, {
      request: request as unknown as vscode.ChatRequest,
      context: { history: [...history] } as unknown as vscode.ChatContext,
      stream: shown.stream,
      token: {
        isCancellationRequested: false,
        onCancellationRequested: () => ({ dispose() {} }),
      } as unknown as vscode.CancellationToken,
    });
    const references = request.references as readonly unknown[];
    history.push(new ChatRequestTurn(prompt, request.command as string | undefined, references));
    const response = [new ChatResponseMarkdownPart(shown.text)];
    // Through JSON, as VS Code keeps it.
    history.push({ response, result: JSON.parse(JSON.stringify(result)) });
    return { shown, result };
  };
  const remove = (name: string) => models.delete(parseReference(idOf(name)));
  return { models, store, engines, services, offered, turn, add, remove };
}

/** The messages of the last conversation that was sent. */
export function lastChat(engines: readonly ScriptedEngine[]) {
  return engines.flatMap(({ chats }) => chats).at(-1)?.messages ?? [];
}
