/** Links inside archives that lead through each other, and how much work they may be. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { linkTarget } from '../../../src/archive/index.ts';
import { followed, LinkBudget } from '../../../src/transfer/unpack/links.ts';

/** Links that count how often they are looked up. */
class CountedLinks extends Map<string, string> {
  lookups = 0;

  override get(path: string): string | undefined {
    this.lookups++;
    return super.get(path);
  }
}

/** As many links as an archive may have, with paths as long as they may be. */
function longLinks(targetOf: (index: number) => string): CountedLinks {
  return new CountedLinks(Array.from({ length: 4000 }, (_, index) => [`l${index}`, targetOf(index)]));
}

describe('links in an archive', () => {
  const hostile: Readonly<Record<string, (index: number) => string>> = {
    'that lead through each other': (index) => `${'b/'.repeat(500)}l${index + 1}`,
    'that lead to themselves and grow': (index) => `l${index}${'/x'.repeat(1900)}`,
    'with deep targets': () => `${'a/'.repeat(2000)}b`,
    'in a long chain': (index) => `l${index + 1}`,
  };
  for (const [what, targetOf] of Object.entries(hostile)) {
    test(`${what} are looked up a limited number of times`, () => {
      const links = longLinks(targetOf);
      const budget = new LinkBudget();
      for (const path of links.keys()) assert.ok(followed(path, links, budget).length < 16_000);
      assert.ok(links.lookups <= 250_000, `${links.lookups} lookups`);
    });
  }

  test('of a usual cache are all followed', () => {
    const links = new CountedLinks();
    for (let index = 0; index < 4000; index++)
      links.set(`models/snapshots/abc/file-${index}`, `models/blobs/${index}`);
    const budget = new LinkBudget();
    const targets = [...links.keys()].map((path) => followed(path, links, budget));
    assert.deepEqual(targets, [...links.values()]);
  });

  test('lead nowhere if their target is longer than any path', () => {
    assert.equal(linkTarget('l', 'a/'.repeat(2048), false), 'a/'.repeat(2048).slice(0, -1));
    assert.equal(linkTarget('l', 'a/'.repeat(2049), false), undefined);
    assert.equal(linkTarget('l', 'é'.repeat(2049), true), undefined);
  });
});
