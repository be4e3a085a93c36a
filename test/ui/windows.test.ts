/** Scenarios of one store and its windows, which follow each other in one editor. */
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { onStage, stepsOf } from './scenario.ts';
import { moveStore } from './storeFolder.ts';
import { pullInTwoWindows } from './twoWindows.ts';

test('windows and their store', { timeout: 900_000 }, async (t) => {
  const step = stepsOf(t);
  await onStage('windows', { extension: ROOT }, async (stage) => {
    // The order matters: the first one needs an empty store.
    await step('two windows with one store', (t) => pullInTwoWindows(t, stage));
    await step('another folder for the models', (t) => moveStore(t, stage));
  });
});
