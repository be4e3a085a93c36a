/**
 * Verdicts by size promise nothing that the header denies, of any family: without grouped attention, with experts, with
 * a sliding window, and recurrent.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeBySize } from '../../../src/catalog/index.ts';
import { contextFor, judgeFit, LEAST_CONTEXT_TOKENS } from '../../../src/gguf/index.ts';
import { LLAMA_8B } from '../gguf/support.ts';
import { AGREES, machines } from './machines.ts';

/** A shape as its `config.json` has it, with the bytes of a GGUF. */
type Family = readonly [
  name: string,
  gigabytes: number,
  layers: number,
  width: number,
  heads: number,
  headsKv: number,
  headLength: number,
  feedForward: number,
  vocabulary: number,
  context: number,
  more?: {
    readonly architecture?: string;
    readonly experts?: readonly [count: number, used: number];
    /** Layers that slide, and their window. */
    readonly sliding?: readonly [layers: number, window: number];
    readonly stateBytes?: number;
  },
];

const FAMILIES: readonly Family[] = [
  // Without grouped attention.
  ['llama2:7B-Q4_K_M', 4.08, 32, 4096, 32, 32, 128, 11_008, 32_000, 4096],
  ['llama2:7B-Q2_K', 2.83, 32, 4096, 32, 32, 128, 11_008, 32_000, 4096],
  ['llama2:13B-Q4_K_M', 7.87, 40, 5120, 40, 40, 128, 13_824, 32_000, 4096],
  ['llama2:13B-Q2_K', 5.43, 40, 5120, 40, 40, 128, 13_824, 32_000, 4096],
  ['codellama:7B-Q4_K_M', 4.08, 32, 4096, 32, 32, 128, 11_008, 32_016, 16_384],
  ['llama:65B-Q4_K_M', 38.5, 80, 8192, 64, 64, 128, 22_016, 32_000, 2048],
  ['gpt2:124M-Q8_0', 0.176, 12, 768, 12, 12, 64, 3072, 50_257, 1024, { architecture: 'gpt2' }],
  ['gpt2-xl:1.5B-Q4_K_M', 1.11, 48, 1600, 25, 25, 64, 6400, 50_257, 1024, { architecture: 'gpt2' }],
  ['phi-2:2.7B-Q4_K_M', 1.79, 32, 2560, 32, 32, 80, 10_240, 51_200, 2048],
  ['phi-2:2.7B-Q2_K', 1.17, 32, 2560, 32, 32, 80, 10_240, 51_200, 2048],
  ['phi3:3.8B-Q4_K_M', 2.39, 32, 3072, 32, 32, 96, 8192, 32_064, 131_072],
  ['mpt:7B-Q4_0', 4, 32, 4096, 32, 32, 128, 16_384, 50_432, 2048],
  ['mpt:30B-Q4_0', 18.2, 48, 7168, 64, 64, 112, 28_672, 50_432, 8192],
  ['stablelm2:1.6B-Q4_K_M', 1.03, 24, 2048, 32, 32, 64, 5632, 100_352, 4096],
  ['qwen1.5:0.5B-Q4_K_M', 0.407, 24, 1024, 16, 16, 64, 2816, 151_936, 32_768],
  ['qwen1.5:4B-Q4_K_M', 2.46, 40, 2560, 20, 20, 128, 6912, 151_936, 32_768],
  ['qwen1.5:7B-Q4_K_M', 4.77, 32, 4096, 32, 32, 128, 11_008, 151_936, 32_768],
  ['deepseek-coder:1.3B-Q4_K_M', 0.874, 24, 2048, 16, 16, 128, 5504, 32_256, 16_384],
  ['deepseek-coder:6.7B-Q4_K_M', 4.08, 32, 4096, 32, 32, 128, 11_008, 32_256, 16_384],
  ['gemma:7B-Q4_K_M', 5.33, 28, 3072, 16, 16, 256, 24_576, 256_000, 8192],
  ['command-r:35B-Q4_K_M', 21.5, 40, 8192, 64, 64, 128, 22_528, 256_000, 131_072],
  // One key for all heads.
  ['falcon:7B-Q4_0', 4.98, 32, 4544, 71, 1, 64, 18_176, 65_024, 2048],
  ['starcoder:15B-Q4_0', 9, 40, 6144, 48, 1, 128, 24_576, 49_152, 8192],
  // Experts.
  ['mixtral:8x7B-Q4_K_M', 26.4, 32, 4096, 32, 8, 128, 14_336, 32_000, 32_768, { experts: [8, 2] }],
  ['qwen3:30B-A3B-Q4_K_M', 18.6, 48, 2048, 32, 4, 128, 768, 151_936, 40_960, { experts: [128, 8] }],
  ['olmoe:7B-Q4_K_M', 4.2, 16, 2048, 16, 16, 128, 1024, 50_304, 4096, { experts: [64, 8] }],
  ['deepseek-moe:16B-Q4_K_M', 10.4, 28, 2048, 16, 16, 128, 1408, 102_400, 4096, { experts: [64, 6] }],
  [
    'gpt-oss:20B-MXFP4',
    12.1,
    24,
    2880,
    64,
    8,
    64,
    2880,
    201_088,
    131_072,
    { experts: [32, 4], sliding: [12, 128] },
  ],
  // A sliding window.
  ['gemma3:1B-Q4_K_M', 0.806, 26, 1152, 4, 1, 256, 6912, 262_144, 32_768, { sliding: [22, 512] }],
  ['gemma3:12B-Q4_K_M', 7.3, 48, 3840, 16, 8, 256, 15_360, 262_144, 131_072, { sliding: [40, 1024] }],
  [
    'gemma2:9B-Q4_K_M',
    5.76,
    42,
    3584,
    16,
    8,
    256,
    14_336,
    256_000,
    8192,
    { architecture: 'gemma2', sliding: [21, 4096] },
  ],
  // Recurrent.
  ['mamba:2.8B-Q4_K_M', 1.76, 64, 2560, 0, 0, 0, 0, 50_280, 1_048_576, { stateBytes: 24_903_680 }],
  ['rwkv6:7B-Q4_K_M', 4.9, 32, 4096, 0, 0, 0, 14_336, 65_536, 1_048_576, { stateBytes: 34_603_008 }],
  // Tiny and huge contexts.
  ['stories:15M-Q8_0', 0.0194, 6, 288, 6, 6, 48, 768, 32_000, 256],
  ['qwen2.5:7B-1M-Q4_K_M', 4.68, 28, 3584, 28, 4, 128, 18_944, 152_064, 1_010_000],
];

function modelOf(family: Family) {
  const [
    ,
    gigabytes,
    layers,
    width,
    heads,
    headsKv,
    headLength,
    feedForward,
    vocabulary,
    context,
    more = {},
  ] = family;
  const fileBytes = gigabytes * 1e9;
  const [slidingLayers, slidingWindow] = more.sliding ?? [0];
  const perLayer = 2 * headsKv * headLength;
  const [expertCount, expertUsedCount] = more.experts ?? [];
  const { expertCount: _, expertUsedCount: __, ...dense } = LLAMA_8B as Record<string, unknown>;
  const merges = 50_000;
  return {
    ...(dense as unknown as typeof LLAMA_8B),
    architecture: more.architecture ?? 'llama',
    contextTokens: context,
    embeddingLength: width,
    feedForwardLength: feedForward,
    blockCount: layers,
    headCount: Math.max(1, heads),
    headCountKv: headsKv,
    keyLength: headLength,
    valueLength: headLength,
    cache: {
      fullElements: (layers - slidingLayers) * perLayer,
      slidingElements: slidingLayers * perLayer,
      ...(slidingWindow === undefined ? {} : { slidingWindow }),
      stateBytes: more.stateBytes ?? 0,
    },
    vocabularySize: vocabulary,
    mergeCount: merges,
    // Embeddings have more bits than the rest.
    embeddingBytes: Math.min(0.6 * fileBytes, (vocabulary * width * 6.6) / 8),
    fileBytes,
    ...(expertCount === undefined || expertUsedCount === undefined
      ? {}
      : { expertCount, expertUsedCount, expertFeedForwardLength: feedForward }),
  };
}

describe('the verdict by size', () => {
  for (const family of FAMILIES) {
    const [name] = family;
    const model = modelOf(family);
    for (const wanted of [undefined, 512, 4096, 32_768, 131_072]) {
      test(`of ${name} is what the header says or leaves it open, ${wanted ?? 'its own'} tokens`, () => {
        const contextTokens = contextFor(model, wanted);
        const judged =
          wanted === undefined ? { contextTokens, leastTokens: LEAST_CONTEXT_TOKENS } : { contextTokens };
        for (const [text, machine] of machines(model.fileBytes)) {
          const listed = { name, bytes: model.fileBytes + 20_000 };
          const bySize = judgeBySize(listed, { ...machine, contextTokens: wanted });
          const { verdict } = judgeFit(model, judged, machine);
          assert.ok(AGREES[bySize].includes(verdict), `${text}: ${bySize} by size, ${verdict} by header`);
        }
      });
    }
  }
});
