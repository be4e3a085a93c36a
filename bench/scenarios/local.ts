/** Pulling what is there already. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseReference } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { startMeteringProxy } from '../../test/support/meteringProxy.ts';
import { type Contender, ours, type Run } from '../support/contenders.ts';
import type { Scenario, Target } from '../support/scenario.ts';
import { spread } from '../support/statistics.ts';

/** Bytes of manifests, configs and headers; the layer has a hundred thousand times as many. */
const SMALL_BYTES = 8_000;

const LOCAL = 'already local';

/** Removes a reference, where an earlier run left it. */
async function forget(folder: string, name: string): Promise<void> {
  const store = await ModelStore.open(folder);
  const reference = parseReference(name);
  if ((await store.getReference(reference)) !== undefined) await store.deleteReference(reference);
  store.dispose();
}

/** Of the pull itself: the editor, which starts it, runs already. */
function pullTime(runs: readonly Run[]): Target {
  return {
    what: 'the pull itself, already local',
    value: spread(runs.map(({ figures }) => figures?.pullMs ?? Number.NaN)).median,
    limit: 100,
    bound: 'at most',
    unit: ' ms',
  };
}

export const local: Scenario = {
  name: 'local',
  title: 'pulling what is there already, and a second tag with the same layer',
  diskBytes: ({ size }) => 3 * size,
  async prepare(world, { size }) {
    const model = await world.model(size);
    const proxy = await startMeteringProxy(model.host);
    const source = { ...model, host: proxy.host };
    const store = join(world.folder, 'local-store');
    await ours(source, { store })(world.folder);
    const sent: Record<string, number[]> = {};
    /** Counts what crosses the wire in a run. */
    const counted =
      (name: string, contender: Contender): Contender =>
      async (folder) => {
        const before = proxy.sentBytes();
        const run = await contender(folder);
        sent[name] = [...(sent[name] ?? []), proxy.sentBytes() - before];
        return run;
      };
    const tagged = { ...source, tag: 'v2' };
    const second: Contender = async (folder) => {
      await forget(store, `${source.host}/${source.repository}:${tagged.tag}`);
      return ours(tagged, { store })(folder);
    };
    return {
      contenders: {
        [LOCAL]: counted(LOCAL, ours(source, { store })),
        'second tag': counted('second tag', second),
      },
      targets: (rows) =>
        Object.entries(rows).flatMap(([name, { runs }]) => [
          ...(name === LOCAL ? [pullTime(runs)] : []),
          {
            what: `bytes on the wire with all headers, ${name}`,
            value: Math.max(...(sent[name] ?? [])),
            limit: SMALL_BYTES,
            bound: 'at most',
            unit: ' bytes',
          },
        ]),
      async close() {
        await proxy.close();
        await rm(store, { recursive: true, force: true });
      },
    };
  },
};
