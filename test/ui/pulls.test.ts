/** Scenarios that follow each other in one window, because starting an editor takes as long as most of them. */
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { giveBadInput } from './badInput.ts';
import { pullFamilies } from './families.ts';
import { lookAtTag, lookAtTagAlone } from './inspect.ts';
import { onStage, stepsOf } from './scenario.ts';

test('from an empty store to models of all packagings', { timeout: 900_000 }, async (t) => {
  const step = stepsOf(t);
  await onStage('pulls', { extension: ROOT, bytesPerSecond: 500_000 }, async (stage) => {
    // The order matters: the first one needs an empty store, and the second one a tag that is not in it.
    await step('bad input ends in a sentence and lists nothing', (t) => giveBadInput(t, stage));
    await step('looking at a tag', (t) => lookAtTag(t, stage));
    await step('models of other packagings', (t) => pullFamilies(t, stage));
    // The last one, because the registry ends.
    await step('a tag whose registry is gone', () => lookAtTagAlone(stage));
  });
});
