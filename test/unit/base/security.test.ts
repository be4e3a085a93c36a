/** SECURITY.md promises tests: they are there. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../../scripts/support/paths.ts';

/** `file` “title”, “title”: the titles are those of describe or test in that file. */
const MENTION = /`((?:unit|registry|engine|extension|ui)\/[\w/.]+\.ts)`((?:,? “[^”]+”)*)/g;

test('each threat of SECURITY.md names tests that there are', async () => {
  const text = await readFile(join(ROOT, 'SECURITY.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| threat'));
  assert.ok(rows.length >= 20);
  for (const row of rows) {
    const mentions = [...row.matchAll(MENTION)];
    assert.ok(mentions.length > 0 || row.includes('the part `secrets`'), row);
    for (const [, file = '', titles = ''] of mentions) {
      const code = await readFile(join(ROOT, 'test', file), 'utf8');
      for (const [, title = ''] of titles.matchAll(/“([^”]+)”/g))
        assert.ok(code.includes(`'${title}`), title);
    }
  }
});
