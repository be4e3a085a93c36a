/** Models never take the memory that the editor needs: neither it nor an engine is killed when memory is short. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMemoryGroup } from '../support/memoryGroup.ts';
import { HALF_BILLION, writeSyntheticGguf } from '../support/syntheticGguf.ts';
import type { Outcome } from './memoryGroupChild.ts';
import { temporaryFolder } from './support.ts';

const MB = 1_000_000;
const CHILD = fileURLToPath(new URL('./memoryGroupChild.ts', import.meta.url));

test('a model that does not fit beside another one takes its place, and one that does not fit at all is refused', async (context) => {
  const group = await createMemoryGroup(`oci-models-${process.pid}`, 700 * MB);
  if (typeof group === 'string') return context.skip(group);
  context.after(() => group.remove());
  const folder = await temporaryFolder(context);
  // Together more than the group may have, and the third alone.
  const layers = [12, 13, 56];
  const paths = await Promise.all(
    layers.map(async (count) => {
      const path = join(folder, `${count}.gguf`);
      await writeSyntheticGguf(path, { ...HALF_BILLION, vocabularySize: 8000, layers: count });
      return path;
    }),
  );
  const child = fork(CHILD, [folder, ...paths], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  writeFileSync(group.processesPath, String(child.pid));
  const [[outcomes], [code, signal]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  assert.deepEqual([code, signal, await group.kills()], [0, null, 0]);
  const [first, second, huge, again] = outcomes as Outcome[];
  assert.deepEqual(first, { label: 'model:0', answerTokens: 8, loaded: ['model:0'] });
  assert.deepEqual(second, { label: 'model:1', answerTokens: 8, loaded: ['model:1'] });
  assert.match(huge?.error ?? '', /model:2 needs about .* of memory, but only .* can be used for models now/);
  assert.deepEqual(huge?.loaded, ['model:1'], 'a model that is refused unloads nothing');
  assert.deepEqual(again, { label: 'model:0', answerTokens: 8, loaded: ['model:0'] });
});
