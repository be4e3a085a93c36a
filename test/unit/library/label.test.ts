/** Names of models stay short, and say where they come from only if others have the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelLabels } from '../../../src/library/index.ts';
import { formatReference, parseReference } from '../../../src/oci/spec/reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

/** Labels of models by their references, as `label` or `label | origin`. */
function labels(...names: readonly string[]): string[] {
  const models = names.map((text) => {
    const reference = parseReference(text);
    const { registry, repository, tag = 'aaaaaaaaaaaa' } = reference;
    return { id: formatReference(reference), name: `${registry}/${repository}`, tag, reference };
  });
  const found = modelLabels(models);
  return models.map(({ id }) => {
    const { label = '', origin } = found.get(id) ?? {};
    return origin === undefined ? label : `${label} | ${origin}`;
  });
}

for (const [what, names, expected] of [
  ['one model', ['smollm2:135M'], ['smollm2:135M']],
  ['tags of one repository', ['smollm2:135M', 'smollm2:360M'], ['smollm2:135M', 'smollm2:360M']],
  [
    'two hosts',
    ['smollm2:135M', 'ghcr.io/org/smollm2:135M', 'ghcr.io/org/other:1'],
    ['smollm2:135M | Docker Hub', 'smollm2:135M | ghcr.io', 'other:1'],
  ],
  [
    'two owners of one host',
    ['hf.co/one/m:Q4_0', 'hf.co/two/m:Q4_0', 'quay.io/one/m:Q4_0'],
    ['m:Q4_0 | huggingface.co/one', 'm:Q4_0 | huggingface.co/two', 'm:Q4_0 | quay.io/one'],
  ],
  [
    'a tag that is also pinned',
    ['ghcr.io/org/m:1', `ghcr.io/org/m:1@${DIGEST}`],
    ['m:1 | ghcr.io/org/m:1', `m:1 | ghcr.io/org/m:1@${DIGEST}`],
  ],
] as const) {
  test(`the labels of ${what}`, () => {
    assert.deepEqual(labels(...names), expected);
    assert.deepEqual(labels(...names.toReversed()), expected.toReversed());
    assert.equal(new Set(labels(...names)).size, names.length);
  });
}
