/** Verdicts before a pull, by the size in a list, and after it, by the header, never contradict each other. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FileRole } from '../../../src/artifact/index.ts';
import {
  estimatedModel,
  type Inspection,
  judgeBySize,
  type SizeVerdict,
} from '../../../src/catalog/index.ts';
import { contextFor, judgeFit, LEAST_CONTEXT_TOKENS, type MachineMemory } from '../../../src/gguf/index.ts';
import { LLAMA_8B } from '../gguf/support.ts';
import { AGREES, machines } from './machines.ts';

const GB = 1e9;

interface Shape {
  readonly name: string;
  /** Bytes of the weights, of all shards, and of a projector beside them. */
  readonly shards: readonly number[];
  readonly projector?: number;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly headsKv: number;
  readonly headLength: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  readonly merges: number;
  readonly context: number;
  /** Bits of a number of the embeddings. */
  readonly bits: number;
}

/** Shapes of published models, by their `config.json`, with the sizes of their GGUFs. */
const SHAPES: readonly Shape[] = [
  {
    name: 'smollm2:135M-Q4_K_M',
    shards: [0.105 * GB],
    layers: 30,
    width: 576,
    heads: 9,
    headsKv: 3,
    headLength: 64,
    feedForward: 1536,
    vocabulary: 49_152,
    merges: 48_900,
    context: 8192,
    bits: 8.5,
  },
  {
    name: 'gemma3:270M-Q8_0',
    shards: [0.292 * GB],
    layers: 18,
    width: 640,
    heads: 4,
    headsKv: 1,
    headLength: 256,
    feedForward: 2048,
    vocabulary: 262_144,
    merges: 0,
    context: 32_768,
    bits: 8.5,
  },
  {
    name: 'qwen3:0.6B-Q4_K_M',
    shards: [0.397 * GB],
    layers: 28,
    width: 1024,
    heads: 16,
    headsKv: 8,
    headLength: 128,
    feedForward: 3072,
    vocabulary: 151_936,
    merges: 151_387,
    context: 40_960,
    bits: 6.6,
  },
  {
    name: 'smollm2:1.7B-Q4_K_M',
    shards: [1.06 * GB],
    layers: 24,
    width: 2048,
    heads: 32,
    headsKv: 32,
    headLength: 64,
    feedForward: 8192,
    vocabulary: 49_152,
    merges: 48_900,
    context: 8192,
    bits: 6.6,
  },
  {
    name: 'llama3.2:3B-Q4_K_M',
    shards: [2.02 * GB],
    layers: 28,
    width: 3072,
    heads: 24,
    headsKv: 8,
    headLength: 128,
    feedForward: 8192,
    vocabulary: 128_256,
    merges: 280_147,
    context: 131_072,
    bits: 6.6,
  },
  {
    name: 'qwen2.5-vl:3B-Q4_K_M',
    shards: [1.93 * GB],
    projector: 1.34 * GB,
    layers: 36,
    width: 2048,
    heads: 16,
    headsKv: 2,
    headLength: 128,
    feedForward: 11_008,
    vocabulary: 151_936,
    merges: 151_387,
    context: 128_000,
    bits: 6.6,
  },
  {
    name: 'gemma3:4B-Q4_K_M',
    shards: [2.49 * GB],
    projector: 0.85 * GB,
    layers: 34,
    width: 2560,
    heads: 8,
    headsKv: 4,
    headLength: 256,
    feedForward: 10_240,
    vocabulary: 262_144,
    merges: 0,
    context: 131_072,
    bits: 6.6,
  },
  {
    name: 'llama3.1:8B-Q4_K_M',
    shards: [4.92 * GB],
    layers: 32,
    width: 4096,
    heads: 32,
    headsKv: 8,
    headLength: 128,
    feedForward: 14_336,
    vocabulary: 128_256,
    merges: 280_147,
    context: 131_072,
    bits: 4.5,
  },
  {
    name: 'qwen2.5:14B-Q4_K_M',
    shards: [3.99 * GB, 3.99 * GB, 1.01 * GB],
    layers: 48,
    width: 5120,
    heads: 40,
    headsKv: 8,
    headLength: 128,
    feedForward: 13_824,
    vocabulary: 152_064,
    merges: 151_387,
    context: 32_768,
    bits: 4.5,
  },
  {
    name: 'qwen2.5:32B-Q8_0',
    shards: [17.4 * GB, 17.4 * GB],
    layers: 64,
    width: 5120,
    heads: 40,
    headsKv: 8,
    headLength: 128,
    feedForward: 27_648,
    vocabulary: 152_064,
    merges: 151_387,
    context: 32_768,
    bits: 8.5,
  },
  {
    name: 'llama3.3:70B-Q4_K_M',
    shards: [39.6 * GB, 2.9 * GB],
    layers: 80,
    width: 8192,
    heads: 64,
    headsKv: 8,
    headLength: 128,
    feedForward: 28_672,
    vocabulary: 128_256,
    merges: 280_147,
    context: 131_072,
    bits: 4.5,
  },
];

const sum = (bytes: readonly number[]): number => bytes.reduce((all, one) => all + one, 0);

/** The model as its header describes it, with the files that are loaded. */
function modelOf(shape: Shape) {
  const { layers, width, heads, headsKv, headLength, vocabulary } = shape;
  return {
    ...LLAMA_8B,
    contextTokens: shape.context,
    embeddingLength: width,
    feedForwardLength: shape.feedForward,
    blockCount: layers,
    headCount: heads,
    headCountKv: headsKv,
    keyLength: headLength,
    valueLength: headLength,
    cache: { fullElements: layers * headsKv * 2 * headLength, slidingElements: 0, stateBytes: 0 },
    vocabularySize: vocabulary,
    mergeCount: shape.merges,
    embeddingBytes: (vocabulary * width * shape.bits) / 8,
    fileBytes: sum(shape.shards),
  };
}

describe('the verdicts by size and by header', () => {
  for (const shape of SHAPES) {
    const model = modelOf(shape);
    const listed = { name: shape.name, bytes: sum(shape.shards) + (shape.projector ?? 0) + 20_000 };
    for (const wanted of [undefined, 4096, 32_768]) {
      test(`of ${shape.name} agree, ${wanted ?? 'its own'} tokens`, () => {
        const context = { contextTokens: contextFor(model, wanted) };
        const judged = wanted === undefined ? { ...context, leastTokens: LEAST_CONTEXT_TOKENS } : context;
        for (const [text, machine] of machines(model.fileBytes)) {
          const bySize = judgeBySize(listed, { ...machine, contextTokens: wanted });
          const fit = judgeFit(model, judged, machine);
          const { verdict } = fit;
          const words = `${text}: ${bySize} by size, ${verdict} by header`;
          assert.ok(AGREES[bySize].includes(verdict), words);
          const most = Math.max(machine.availableBytes, machine.gpu?.availableBytes ?? 0);
          if (model.fileBytes > most) assert.equal(verdict, 'none', `${words}, larger than both memories`);
          if (verdict === 'part-gpu') assert.ok(model.fileBytes < machine.availableBytes, words);
        }
      });
    }
  }

  test('leave little open on machines that people have', () => {
    const counts = { exact: 0, fits: 0, unsure: 0, all: 0 };
    for (const shape of SHAPES.filter(({ projector }) => projector === undefined)) {
      for (const ram of [2, 4, 6, 8, 12, 16, 24, 32, 64])
        for (const gpu of [0, 4, 6, 8, 12, 16, 24]) {
          const available = { availableBytes: ram * GB, totalBytes: ram * GB };
          const own = { availableBytes: gpu * GB, totalBytes: gpu * GB, unified: false };
          const machine = { ...available, gpu: gpu === 0 ? undefined : own };
          const verdict = judgeBySize({ bytes: sum(shape.shards), name: shape.name }, machine);
          counts.all++;
          counts[verdict === 'fits' || verdict === 'unsure' ? verdict : 'exact']++;
        }
    }
    const text = JSON.stringify(counts);
    assert.ok(counts.exact > 0.8 * counts.all, text);
    assert.ok(counts.unsure < 0.1 * counts.all, text);
  });
});

describe('a verdict by size', () => {
  const gpu = (availableBytes: number) => ({ availableBytes, totalBytes: availableBytes, unified: false });
  const machine = { availableBytes: 6e9, totalBytes: 8e9, gpu: undefined };
  const verdicts: readonly (readonly [bytes: number, machine: MachineMemory, verdict: SizeVerdict])[] = [
    [1e9, machine, 'cpu'],
    [7e9, machine, 'none'],
    [5e9, machine, 'unsure'],
    [1e9, { ...machine, gpu: gpu(4e9) }, 'gpu'],
    [1e9, { ...machine, gpu: gpu(2e9) }, 'fits'],
    [4e9, { ...machine, gpu: gpu(2e9) }, 'part-gpu'],
    // In neither memory, though both together have room.
    [7e9, { ...machine, gpu: gpu(4e9) }, 'none'],
    // More than the main memory, but not more than the GPU’s own.
    [7e9, { ...machine, gpu: gpu(12e9) }, 'gpu'],
    // A GPU that has room for nothing worth moving there.
    [4e9, { ...machine, gpu: gpu(0.1e9) }, 'cpu'],
    // Shared memory counts once, and other programs may have it.
    [2e9, { ...machine, gpu: { ...gpu(8e9), unified: true } }, 'gpu'],
    [7e9, { ...machine, gpu: { ...gpu(12e9), unified: true } }, 'none'],
  ];
  for (const [bytes, memory, verdict] of verdicts) {
    test(`${bytes / 1e9} GB, ${memory.availableBytes / 1e9} GB free, ${JSON.stringify(memory.gpu)}: ${verdict}`, () =>
      assert.equal(judgeBySize({ bytes, name: 'qwen3' }, memory), verdict));
  }

  test('leaves open what only the cache of a model decides whose name tells nothing of it', () => {
    const open: readonly (readonly [bytes: number, machine: MachineMemory, verdict: SizeVerdict])[] = [
      [1e9, machine, 'cpu'],
      [4e9, machine, 'unsure'],
      [4e9, { ...machine, gpu: gpu(2e9) }, 'unsure'],
      [7e9, { ...machine, gpu: gpu(12e9) }, 'unsure'],
      [7e9, { ...machine, availableBytes: 32e9, gpu: gpu(12e9) }, 'fits'],
      [7e9, machine, 'none'],
    ];
    for (const [bytes, memory, verdict] of open)
      for (const name of ['', 'org/llama2:7B', 'org/codellama-34b', 'qwen1.5', 'open-llama-3b', 'gemma:7b'])
        assert.equal(judgeBySize({ bytes, name }, memory), verdict, `${name} ${bytes}`);
  });

  test('does not count a projector as weights', () => {
    const size = { bytes: 7e9, name: 'qwen2.5-vl:7B' };
    assert.equal(judgeBySize(size, machine), 'unsure');
    assert.equal(judgeBySize({ ...size, bytes: 14e9 }, machine), 'none');
  });
});

test('before a pull, all weights and adapters count, and a projector does not', () => {
  const file = (role: FileRole, path: string, size: number) => ({
    role,
    path,
    size,
    layer: 0,
    digest: '',
    mediaType: '',
  });
  const inspection = {
    description: LLAMA_8B,
    weightBytes: 30,
    artifact: {
      files: [
        file('weights', 'a-00001-of-00002.gguf', 20),
        file('weights', 'a-00002-of-00002.gguf', 10),
        file('adapter', 'style.gguf', 5),
        file('projector', 'mmproj.gguf', 100),
      ],
    },
  } as unknown as Inspection;
  assert.equal(estimatedModel(inspection)?.fileBytes, 35);
});
