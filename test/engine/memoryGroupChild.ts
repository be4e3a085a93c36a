/**
 * An editor in a control group: loads models one after the other through a session and tells what came of each.
 *
 *   node memoryGroupChild.ts FOLDER FILE…
 */
import { join } from 'node:path';
import { isModelError } from '../../src/base/error.ts';
import { silentLog } from '../../src/base/log.ts';
import { systemMemory } from '../../src/base/systemMemory.ts';
import { EnginePool, engineFactory } from '../../src/engine/index.ts';
import { contextFor, judgeFit } from '../../src/gguf/index.ts';
import { Choices, Session } from '../../src/session/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { chat } from '../support/chat.ts';
import { buildDockerModel } from '../support/dockerModel.ts';
import { addLocalModel } from '../support/localModel.ts';
import { ask, HOST_PATH, LOAD } from './support.ts';

/** The outcome of loading one model. */
export interface Outcome {
  readonly label: string;
  readonly error?: string;
  readonly answerTokens?: number;
  /** Labels of the models that are in memory afterwards. */
  readonly loaded: readonly string[];
}

const CONTEXT_TOKENS = 512;

async function outcomeOf(session: Session, label: string): Promise<Outcome> {
  const model = (await session.list()).find((listed) => listed.label === label);
  if (model === undefined) throw new Error(`There is no ${label}.`);
  const told = async (found: Omit<Outcome, 'label' | 'loaded'>): Promise<Outcome> => {
    const models = await session.list();
    return {
      label,
      ...found,
      loaded: models.filter(({ id }) => session.isLoaded(id)).map((listed) => listed.label),
    };
  };
  try {
    const { engine } = await session.load(model);
    const { answerTokens } = await chat(engine, ask('Hello'), { maxTokens: 8 });
    return await told({ answerTokens });
  } catch (error) {
    if (isModelError(error, 'out-of-memory')) return told({ error: error.message });
    throw error;
  }
}

const [folder = '', ...paths] = process.argv.slice(2);
const store = await ModelStore.open(join(folder, 'store'));
const pool = new EnginePool(engineFactory({ hostPath: HOST_PATH }));
const choices = new Choices({ folder: join(folder, 'choices'), log: silentLog });
const session = new Session({
  store: async () => store,
  pool,
  choices,
  loadOptions: () => ({ ...LOAD, contextTokens: CONTEXT_TOKENS }),
  neededBytes: ({ summary }) => [
    async () => {
      if (summary === undefined) return undefined;
      const context = { contextTokens: contextFor(summary, CONTEXT_TOKENS) };
      return judgeFit(summary, context, { ...(await systemMemory()), gpu: undefined }).ramBytes;
    },
  ],
  log: silentLog,
});
const outcomes: Outcome[] = [];
for (const [index, path] of paths.entries()) {
  await addLocalModel(store, `model:${index}`, await buildDockerModel([path]));
  session.refresh();
}
for (const index of [...paths.keys(), 0]) outcomes.push(await outcomeOf(session, `model:${index}`));
await pool.unloadAll();
session.dispose();
choices.dispose();
store.dispose();
process.send?.(outcomes);
process.disconnect();
