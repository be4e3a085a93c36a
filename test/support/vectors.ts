/** Vectors taken from upstream projects: test/vectors/*.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

/** One input with what is expected of it; the other fields depend on the file. */
export interface VectorCase {
  readonly id: string;
  readonly name?: string;
  readonly [field: string]: unknown;
}

/** The cases of `test/vectors/<name>.json`; never none. */
export function readVectors<Case extends VectorCase>(name: string): readonly Case[] {
  const text = readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8');
  const { cases, count } = JSON.parse(text) as { cases: Case[]; count: number };
  if (cases.length === 0 || cases.length !== count) {
    throw new Error(`test/vectors/${name}.json has ${cases.length} cases, and says ${count}.`);
  }
  return cases;
}

function titleOf(vector: VectorCase): string {
  const { id, name, input } = vector;
  const shown = name ?? (typeof input === 'string' ? JSON.stringify(input).slice(0, 90) : '');
  return `${id} ${String(vector['op'] ?? '')} ${shown}`.replace(/ +/g, ' ').trim();
}

/**
 * One test for each case of a file, and one that says how many passed and how many were skipped.
 * @param check fails where the case is not as expected.
 * @param skip why a case belongs to a contract that this project did not choose; undefined for all others.
 */
export function testVectors<Case extends VectorCase>(
  name: string,
  check: (vector: Case) => void | Promise<void>,
  skip: (vector: Case) => string | undefined = () => undefined,
): void {
  describe(`${name}.json`, () => {
    const cases = readVectors<Case>(name);
    let passed = 0;
    let skipped = 0;
    for (const vector of cases) {
      const reason = skip(vector);
      if (reason !== undefined) skipped++;
      test(titleOf(vector), { skip: reason ?? false }, async () => {
        await check(vector);
        passed++;
      });
    }
    test(`how many of ${name}.json passed`, (t) => {
      t.diagnostic(`${name}.json: ${passed} of ${cases.length} cases passed, ${skipped} skipped`);
      assert.equal(passed + skipped, cases.length);
      assert.ok(passed > skipped, 'more is skipped than tested');
    });
  });
}
