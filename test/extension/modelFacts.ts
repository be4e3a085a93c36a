import assert from 'node:assert/strict';
import type { Inspection } from '../../src/catalog/index.ts';
import { parseReference } from '../../src/oci/index.ts';
import { defaultsText, inspectionRows } from '../../src/vscode/modelFacts.ts';

const GB = 2 ** 30;
const MACHINE = { totalBytes: 8 * GB, availableBytes: 4 * GB, gpu: undefined };

/** A GGUF that says how it wants to be sampled, in an artifact that says which context. */
const INSPECTION: Inspection = {
  reference: parseReference('ai/model:1'),
  manifestDigest: `sha256:${'0'.repeat(64)}`,
  artifact: {
    family: 'docker',
    format: 'gguf',
    files: [],
    archives: [],
    metadata: { defaults: { contextTokens: 4096, sampling: { temperature: 0.6 } } },
    runnable: true,
    totalBytes: 1,
  },
  weightBytes: 1,
  description: {
    architecture: 'llama',
    cache: { fullElements: 0, slidingElements: 0, stateBytes: 0 },
    sampling: { temperature: 0.7, topK: 20 },
  },
  source: 'header',
};

const defaultsRow = (rows: ReturnType<typeof inspectionRows>): string | undefined =>
  rows.find(([name]) => name === 'Defaults')?.[1];

describe('the defaults of a model', () => {
  it('are one row, in the words of publishers', () => {
    const defaults = {
      sampling: { temperature: 0.6, topK: 20, topP: 0.95, repeatPenalty: 1 },
      stop: ['<|im_end|>', '\n', 'x'.repeat(100), 'END'],
      contextTokens: 512,
      system: 'You are a toy.',
    };
    assert.equal(
      defaultsText(defaults),
      'temperature 0.6, top_k 20, top_p 0.95, repeat_penalty 1, context of 512 tokens, ' +
        `stops at "<|im_end|>" "\\n" "${'x'.repeat(40)}", 1 more, a system prompt`,
    );
    assert.equal(defaultsText({}), undefined);
    assert.equal(defaultsText(undefined), undefined);
  });

  it('are those that are known before the pull', () => {
    const row = defaultsRow(inspectionRows(INSPECTION, MACHINE));
    assert.match(row ?? '', /^temperature 0\.6, top_k 20, context of 4.096 tokens$/);
    const { description: _, ...unknown } = INSPECTION;
    const artifact = { ...INSPECTION.artifact, metadata: {} };
    assert.equal(defaultsRow(inspectionRows({ ...unknown, artifact }, MACHINE)), undefined);
  });

  it('are all of them where the model is here', () => {
    const local = { sampling: { seed: 7 }, maxTokens: 64 };
    assert.equal(
      defaultsRow(inspectionRows(INSPECTION, MACHINE, local)),
      'seed 7, answers of at most 64 tokens',
    );
  });
});
