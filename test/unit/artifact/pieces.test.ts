/** GGUFs that were cut into pieces, in the spellings of publishers. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withMembers } from '../../../src/artifact/index.ts';
import { piecesAmong } from '../../../src/artifact/names/pieces.ts';
import { isModelError } from '../../../src/base/error.ts';
import { MediaType } from '../../../src/oci/spec/descriptor.ts';
import { read, refusal } from './support.ts';

const GGUF = 'application/vnd.docker.ai.gguf.v3';
const MODELPACK_RAW = 'application/vnd.cncf.model.weight.v1.raw';
const MODELPACK_CONFIG = 'application/vnd.cncf.model.config.v1+json';
const IMAGE_LAYER = 'application/vnd.oci.image.layer.v1.tar';

const SPELLINGS: readonly (readonly [string, string])[] = [
  ['lemur-70b-chat-v1.Q6_K.gguf-split-a', 'lemur-70b-chat-v1.Q6_K.gguf-split-b'],
  ['Meta-Llama-3.1-70B-Instruct.Q8_0.gguf.part1of2', 'Meta-Llama-3.1-70B-Instruct.Q8_0.gguf.part2of2'],
  ['m.gguf.part-00', 'm.gguf.part-01'],
  ['m.gguf.part_aa', 'm.gguf.part_ab'],
  ['m.gguf.partaa', 'm.gguf.partab'],
  ['m.gguf.part1', 'm.gguf.part2'],
  ['m.gguf-part-aa', 'm.gguf-part-ab'],
  ['m.gguf_split_1', 'm.gguf_split_2'],
  ['m.gguf.split-00000-of-00002', 'm.gguf.split-00001-of-00002'],
  ['m.gguf.chunk.001', 'm.gguf.chunk.002'],
  ['m.gguf.a', 'm.gguf.b'],
  ['m.gguf.aa', 'm.gguf.ab'],
  ['m.gguf.001', 'm.gguf.002'],
  ['m.gguf.00001-of-00003', 'm.gguf.00002-of-00003'],
  ['m.gguf.00001.of.00004', 'm.gguf.00002.of.00004'],
  ['DeepSeek-chunk-001-of-018.gguf', 'DeepSeek-chunk-002-of-018.gguf'],
  ['m.part1.gguf', 'm.part2.gguf'],
  ['m.part1of2.gguf', 'm.part2of2.gguf'],
  ['m-Q8_0.gguf-part-01-of-05.gguf', 'm-Q8_0.gguf-part-02-of-05.gguf'],
];

const TOLD =
  /has a GGUF that was cut into pieces \(.+, .+\), which run only when they are joined\. Get them with/;

describe('pieces of a GGUF', () => {
  for (const names of SPELLINGS) {
    test(`${names[0]} are told before the download`, () => {
      assert.deepEqual(piecesAmong(names), names);
      const files = (type: string) => [
        { type, title: 'README.md' },
        ...names.map((title) => ({ type, title })),
      ];
      for (const type of [IMAGE_LAYER, 'application/octet-stream', `${IMAGE_LAYER}+gzip`])
        assert.match(refusal({ configType: MediaType.empty, layers: files(type) }), TOLD, type);
      const layers = names.map((path) => ({ type: MODELPACK_RAW, path }));
      const config = { config: { format: 'gguf' } };
      assert.match(refusal({ configType: MODELPACK_CONFIG, config, layers }), TOLD);
    });

    test(`${names[0]} are told when they come out of an archive`, () => {
      const artifact = read({
        configType: MODELPACK_CONFIG,
        layers: [{ type: 'application/vnd.cncf.model.weight.v1.tar', path: 'm.tar' }],
      });
      const members = names.map((path, index) => ({
        layer: 0,
        path,
        size: 100 + index,
        digest: `sha256:${String(index).repeat(64)}`,
      }));
      assert.throws(
        () => withMembers(artifact, members),
        (error) => isModelError(error, 'unsupported-artifact') && TOLD.test(error.message),
      );
    });
  }

  test('in Docker’s packages, where the order of layers is that of shards, are told by sure names', () => {
    const layersOf = (names: readonly string[]) => names.map((path) => ({ type: GGUF, path }));
    assert.match(refusal({ layers: layersOf(['m.gguf-split-a', 'm.gguf-split-b']) }), TOLD);
    assert.equal(read({ layers: layersOf(['m.part1.gguf', 'm.part2.gguf']) }).files.length, 2);
  });

  test('are not shown as more than two', () => {
    const layers = ['a', 'b', 'c'].map((end) => ({ type: IMAGE_LAYER, title: `m.gguf-split-${end}` }));
    assert.match(
      refusal({ configType: MediaType.empty, layers }),
      /pieces \(m\.gguf-split-a, m\.gguf-split-b and 1 more\)/,
    );
  });

  test('do not hide a model that is whole beside them', () => {
    const layers = ['m-Q4_K_M.gguf', 'm-Q8_0.gguf.part1of2', 'm-Q8_0.gguf.part2of2'].map((title) => ({
      type: IMAGE_LAYER,
      title,
    }));
    const { files } = read({ configType: MediaType.empty, layers });
    assert.deepEqual(
      files.filter(({ role }) => role === 'weights').map(({ path }) => path),
      ['m-Q4_K_M.gguf'],
    );
  });
});

describe('an unfinished download of a GGUF', () => {
  for (const title of [
    'm-00001-of-00002.gguf.part',
    'm.gguf.crdownload',
    'm.gguf.incomplete',
    'm.gguf.aria2',
  ])
    test(`${title} is told`, () =>
      assert.match(
        refusal({ configType: MediaType.empty, layers: [{ type: IMAGE_LAYER, title }] }),
        /has a GGUF whose download was incomplete when it was published \(m/,
      ));
});

describe('names of other files', () => {
  for (const names of [
    ['m-00001-of-00002.gguf', 'm-00002-of-00002.gguf'],
    ['m.gguf.gz'],
    ['m.gguf.zst'],
    ['m.gguf.xz', 'm.gguf.md'],
    ['m.gguf.sha256', 'm.gguf.sig', 'm.gguf.asc'],
    ['m.gguf.1'],
    ['Llama-part-1.gguf'],
    ['counterpart2.gguf', 'counterpart3.gguf'],
    ['m-Q4_0.gguf', 'm-Q8_0.gguf'],
    ['spart-a.gguf', 'smart-b.gguf'],
  ])
    test(names.join(', '), () => assert.deepEqual(piecesAmong(names), []));
});
