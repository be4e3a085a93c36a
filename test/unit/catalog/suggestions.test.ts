/** Models that are named where one is slow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallerCompleter } from '../../../src/catalog/index.ts';
import { SUGGESTED_COMPLETERS } from '../../../src/catalog/suggestions.ts';
import { parseReference } from '../../../src/oci/index.ts';

test('a model that completes code faster is noticeably smaller, and as large as that allows', () => {
  assert.match(smallerCompleter(8.1e9)?.name ?? '', /3B/);
  assert.match(smallerCompleter(3.29e9)?.name ?? '', /1\.5B/);
  assert.match(smallerCompleter(1.65e9)?.name ?? '', /0\.5B/);
  assert.equal(smallerCompleter(0.6e9), undefined);
  for (const { name } of SUGGESTED_COMPLETERS) assert.equal(parseReference(name).registry, 'huggingface.co');
});
