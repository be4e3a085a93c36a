import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatAge } from '../../../src/base/format.ts';
import { groupDownloads } from '../../../src/library/index.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import type { PartialDownload } from '../../../src/store/index.ts';

const digests = ['a', 'b', 'c', 'd'].map((text) => digestOf(Buffer.from(text)));

function partial(index: number, fields: Partial<PartialDownload> = {}): PartialDownload {
  const digest = digests[index] ?? '';
  return {
    digest,
    size: 100,
    doneBytes: 10,
    reference: 'docker.io/ai/a:x',
    isStream: false,
    updatedAt: index,
    active: undefined,
    ...fields,
  };
}

describe('unfinished downloads', () => {
  test('of one model are one, and nameless ones stay apart', () => {
    const downloads = groupDownloads([
      partial(0, { updatedAt: 9 }),
      partial(1, { reference: undefined }),
      partial(2, { doneBytes: 70, size: 200 }),
      partial(3, { reference: 'No Reference' }),
    ]);
    assert.deepEqual(
      downloads.map(({ id, digests: of, size, doneBytes, updatedAt }) => [
        id,
        of.length,
        size,
        doneBytes,
        updatedAt,
      ]),
      [
        ['docker.io/ai/a:x', 2, 300, 80, 9],
        [digests[1], 1, 100, 10, 1],
        [digests[3], 1, 100, 10, 3],
      ],
    );
    assert.equal(downloads[0]?.reference?.tag, 'x');
    assert.equal(downloads[2]?.reference, undefined);
  });

  test('begin again where a stopped one of their files does', () => {
    const beginsAgain = (...partials: PartialDownload[]) => groupDownloads(partials)[0]?.beginsAgain;
    assert.equal(beginsAgain(partial(0), partial(1)), false);
    assert.equal(beginsAgain(partial(0, { isStream: true }), partial(1)), true);
    assert.equal(beginsAgain(partial(0), partial(1, { isStream: true })), true);
    assert.equal(beginsAgain(partial(0, { isStream: true, active: 'another' })), false);
  });

  test('run while one of their files does, here before elsewhere', () => {
    const active = (...states: PartialDownload['active'][]) =>
      groupDownloads(states.map((state, index) => partial(index, { active: state })))[0]?.active;
    assert.equal(active(undefined, undefined), undefined);
    assert.equal(active(undefined, 'another'), 'another');
    assert.equal(active('another', undefined), 'another');
    assert.equal(active('another', 'this-process', undefined), 'this-process');
    assert.equal(active('this-process', 'another'), 'this-process');
  });
});

test('ages are in the largest unit that fits', () => {
  const minute = 60_000;
  const cases: [number, string][] = [
    [-5, 'this minute'],
    [0, 'this minute'],
    [59_999, 'this minute'],
    [minute, '1 minute ago'],
    [59 * minute, '59 minutes ago'],
    [60 * minute, '1 hour ago'],
    [24 * 60 * minute, 'yesterday'],
    [49 * 60 * minute, '2 days ago'],
  ];
  for (const [age, expected] of cases) assert.equal(formatAge(age, 'en'), expected);
  assert.equal(formatAge(3 * 24 * 60 * minute, 'de'), 'vor 3 Tagen');
});
