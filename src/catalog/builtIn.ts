/**
 * Models of Docker's namespace on Docker Hub, for a first screen without a network. Names, sizes, abilities and licenses
 * are those of Docker's model cards, github.com/docker/model-cards at a433166 (`ai/<name>.md`; 360M of smollm2 is from
 * 05f64b0), whose tables count in MiB and GiB. All are GGUF. That Granite 4 fills in the middle is said by
 * ibm.com/granite/docs/models/granite#fim, and of Qwen3-Coder by github.com/QwenLM/Qwen3-Coder.
 */

/** The uses of a model that people look for. */
export const USES = ['chat', 'code', 'tools', 'vision', 'embedding', 'fim'] as const;
export type Use = (typeof USES)[number];

/** A repository of Docker Hub with tags that are worth knowing. */
export interface BuiltInModel {
  /** The repository: `ai/smollm2`. */
  readonly name: string;
  /** Undefined if the card does not say. */
  readonly license?: string;
  readonly uses: readonly Use[];
  /** Tags with the bytes of their files, rounded as the card is, the smallest first. */
  readonly tags: readonly (readonly [tag: string, bytes: number])[];
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** All of them, by name. */
export const BUILT_IN_MODELS: readonly BuiltInModel[] = [
  {
    name: 'ai/deepcoder-preview',
    license: 'MIT',
    uses: ['chat', 'code'],
    tags: [
      ['14B-Q4_K_M', 8.37 * GIB],
      ['14B-F16', 27.51 * GIB],
    ],
  },
  {
    name: 'ai/deepseek-r1-distill-llama',
    license: 'MIT',
    uses: ['chat', 'tools'],
    tags: [
      ['8B-Q4_0', 4.33 * GIB],
      ['8B-Q4_K_M', 4.58 * GIB],
      ['8B-F16', 14.96 * GIB],
      ['70B-Q4_0', 37.22 * GIB],
      ['70B-Q4_K_M', 39.59 * GIB],
    ],
  },
  {
    name: 'ai/devstral-small',
    license: 'Apache 2.0',
    uses: ['chat', 'code', 'tools'],
    tags: [['24B-UD-Q4_K_XL', 13.54 * GIB]],
  },
  {
    name: 'ai/gemma3',
    license: 'Gemma Terms',
    uses: ['chat', 'vision'],
    tags: [
      ['270M-UD-IQ2_XXS', 165.54 * MIB],
      ['270M-UD-Q4_K_XL', 235.95 * MIB],
      ['270M-F16', 511.46 * MIB],
      ['4B-Q4_K_M', 2.31 * GIB],
      ['4B-F16', 7.23 * GIB],
    ],
  },
  {
    name: 'ai/gemma3-qat',
    license: 'Gemma Terms',
    uses: ['chat', 'vision'],
    tags: [
      ['270M-UD-Q4_K_XL', 236.27 * MIB],
      ['270M-F16', 511.46 * MIB],
      ['4B-UD-Q4_K_XL', 2.36 * GIB],
      ['12B-Q4_K_M', 6.92 * GIB],
      ['4B-BF16', 7.23 * GIB],
      ['27B-UD-Q4_K_XL', 15.66 * GIB],
    ],
  },
  { name: 'ai/gemma3n', license: 'Gemma Terms', uses: ['chat'], tags: [['4B-F16', 12.79 * GIB]] },
  {
    name: 'ai/gpt-oss',
    uses: ['chat'],
    tags: [
      ['20B-UD-Q4_K_XL', 11.04 * GIB],
      ['20B-UD-Q6_K_XL', 11.2 * GIB],
      ['20B-UD-Q8_K_XL', 12.28 * GIB],
      ['20B-F16', 12.83 * GIB],
    ],
  },
  {
    name: 'ai/granite-4.0-h-micro',
    license: 'Apache 2.0',
    uses: ['chat', 'code', 'tools', 'fim'],
    tags: [['3B-Q4_K_M', 1.81 * GIB]],
  },
  {
    name: 'ai/granite-4.0-h-nano',
    license: 'Apache 2.0',
    uses: ['chat', 'code', 'tools', 'fim'],
    tags: [
      ['350M-Q8_0', 345.83 * MIB],
      ['1B-Q8_0', 1.45 * GIB],
    ],
  },
  {
    name: 'ai/granite-4.0-h-small',
    license: 'Apache 2.0',
    uses: ['chat', 'code', 'tools', 'fim'],
    tags: [['32B-Q4_K_M', 18.14 * GIB]],
  },
  {
    name: 'ai/granite-4.0-h-tiny',
    license: 'Apache 2.0',
    uses: ['chat', 'code', 'tools', 'fim'],
    tags: [['7B-Q4_K_M', 3.94 * GIB]],
  },
  {
    name: 'ai/granite-4.0-micro',
    license: 'Apache 2.0',
    uses: ['chat', 'code', 'tools', 'fim'],
    tags: [['3B-Q4_K_M', 1.81 * GIB]],
  },
  {
    name: 'ai/granite-4.0-nano',
    license: 'Apache 2.0',
    uses: ['chat', 'code', 'tools', 'fim'],
    tags: [
      ['350M-BF16', 672.22 * MIB],
      ['1B-BF16', 3.04 * GIB],
    ],
  },
  {
    name: 'ai/granite-docling',
    license: 'Apache 2.0',
    uses: ['vision'],
    tags: [
      ['258M-Q8_0', 166.28 * MIB],
      ['258M-F16', 312.88 * MIB],
    ],
  },
  {
    name: 'ai/granite-embedding-multilingual',
    license: 'Apache 2.0',
    uses: ['embedding'],
    tags: [['278M-F16', 530.18 * MIB]],
  },
  {
    name: 'ai/llama3.1',
    license: 'Llama 3.1 Community License',
    uses: ['chat', 'tools'],
    tags: [
      ['8B-Q4_K_M', 4.58 * GIB],
      ['8B-F16', 14.96 * GIB],
    ],
  },
  {
    name: 'ai/llama3.2',
    license: 'Llama 3.2 Community License',
    uses: ['chat', 'tools'],
    tags: [
      ['1B-Q4_0', 727.75 * MIB],
      ['1B-Q8_0', 1.22 * GIB],
      ['3B-Q4_0', 1.78 * GIB],
      ['3B-Q4_K_M', 1.87 * GIB],
      ['1B-F16', 2.3 * GIB],
      ['3B-F16', 5.98 * GIB],
    ],
  },
  {
    name: 'ai/llama3.3',
    license: 'Llama 3.3 Community License',
    uses: ['chat', 'tools'],
    tags: [
      ['70B-Q4_0', 37.22 * GIB],
      ['70B-Q4_K_M', 39.59 * GIB],
    ],
  },
  {
    name: 'ai/magistral-small-3.2',
    license: 'Apache 2.0',
    uses: ['chat', 'vision', 'tools'],
    tags: [
      ['24B-UD-IQ2_XXS', 6.28 * GIB],
      ['24B-UD-Q4_K_XL', 13.5 * GIB],
    ],
  },
  {
    name: 'ai/ministral3',
    license: 'Apache 2.0',
    uses: ['chat', 'vision', 'tools'],
    tags: [
      ['3B-Q4_K_M', 1.99 * GIB],
      ['8B-Q4_K_M', 4.83 * GIB],
      ['3B-BF16', 6.39 * GIB],
      ['14B', 7.78 * GIB],
      ['8B-BF16', 15.81 * GIB],
      ['14B-UD-Q8_K_XL', 15.93 * GIB],
      ['14B-BF16', 25.16 * GIB],
    ],
  },
  {
    name: 'ai/mistral',
    license: 'Apache 2.0',
    uses: ['chat'],
    tags: [
      ['7B-Q4_0', 3.83 * GIB],
      ['7B-Q4_K_M', 4.07 * GIB],
      ['7B-F16', 13.5 * GIB],
    ],
  },
  {
    name: 'ai/mistral-nemo',
    license: 'Apache 2.0',
    uses: ['chat', 'tools'],
    tags: [['12B-Q4_K_M', 6.96 * GIB]],
  },
  { name: 'ai/moondream2', license: 'Apache 2.0', uses: ['vision'], tags: [['1.5B-F16', 2.64 * GIB]] },
  {
    name: 'ai/mxbai-embed-large',
    license: 'Apache 2.0',
    uses: ['embedding'],
    tags: [['335M-F16', 638.85 * MIB]],
  },
  {
    name: 'ai/nomic-embed-text-v1.5',
    license: 'Apache 2.0',
    uses: ['embedding'],
    tags: [['137M-F16', 260.87 * MIB]],
  },
  {
    name: 'ai/phi4',
    license: 'MIT',
    uses: ['chat'],
    tags: [
      ['14B-Q4_0', 7.8 * GIB],
      ['14B-Q4_K_M', 8.43 * GIB],
      ['14B-F16', 27.31 * GIB],
    ],
  },
  {
    name: 'ai/qwen2.5',
    license: 'Apache 2.0',
    uses: ['chat', 'tools'],
    tags: [
      ['0.5B-F16', 942.43 * MIB],
      ['3B-Q4_K_M', 1.79 * GIB],
      ['1.5B-F16', 2.88 * GIB],
      ['7B-Q4_0', 4.12 * GIB],
      ['7B-Q4_K_M', 4.36 * GIB],
      ['3B-F16', 5.75 * GIB],
      ['7B-F16', 14.19 * GIB],
    ],
  },
  {
    name: 'ai/qwen3',
    license: 'Apache 2.0',
    uses: ['chat', 'tools'],
    tags: [
      ['0.6B-Q4_0', 441.67 * MIB],
      ['0.6B-Q4_K_M', 456.11 * MIB],
      ['0.6B-F16', 1.4 * GIB],
      ['4B-UD-Q4_K_XL', 2.37 * GIB],
      ['8B-Q4_0', 4.44 * GIB],
      ['8B-Q4_K_M', 4.68 * GIB],
      ['4B-UD-Q8_K_XL', 4.7 * GIB],
      ['4B-F16', 7.49 * GIB],
      ['14B-Q6_K', 11.28 * GIB],
      ['8B-F16', 15.26 * GIB],
      ['30B-A3B-Q4_K_M', 17.28 * GIB],
      ['30B-A3B-F16', 56.89 * GIB],
    ],
  },
  {
    name: 'ai/qwen3-coder',
    license: 'Apache 2.0',
    uses: ['chat', 'code', 'tools', 'fim'],
    tags: [['30B-A3B-UD-Q4_K_XL', 16.45 * GIB]],
  },
  {
    name: 'ai/qwen3-embedding',
    license: 'Apache 2.0',
    uses: ['embedding'],
    tags: [
      ['0.6B-F16', 1.11 * GIB],
      ['4B-Q4_K_M', 2.32 * GIB],
      ['8B-Q4_K_M', 4.35 * GIB],
      ['4B-F16', 7.49 * GIB],
      ['8B-F16', 14.1 * GIB],
    ],
  },
  {
    name: 'ai/qwen3-vl',
    uses: ['chat', 'vision'],
    tags: [
      ['2B-UD-Q4_K_XL', 1.05 * GIB],
      ['2B-Q8_K_XL', 2.17 * GIB],
      ['4B-UD-Q4_K_XL', 2.37 * GIB],
      ['2B-BF16', 3.21 * GIB],
      ['4B-Q8_K_XL', 4.7 * GIB],
      ['8B-UD-Q4_K_XL', 4.79 * GIB],
      ['4B-BF16', 7.49 * GIB],
      ['8B-Q8_K_XL', 10.08 * GIB],
      ['8B-BF16', 15.26 * GIB],
      ['32B-UD-Q4_K_XL', 18.67 * GIB],
      ['32B-Q8_K_XL', 36.76 * GIB],
    ],
  },
  {
    name: 'ai/qwq',
    license: 'Apache 2.0',
    uses: ['chat', 'tools'],
    tags: [
      ['32B-Q4_0', 17.35 * GIB],
      ['32B-Q4_K_M', 18.48 * GIB],
      ['32B-F16', 61.03 * GIB],
    ],
  },
  {
    name: 'ai/seed-oss',
    license: 'Apache 2.0',
    uses: ['chat', 'tools'],
    tags: [
      ['36B-UD-IQ1_M', 8.45 * GIB],
      ['36B-UD-Q4_K_XL', 20.51 * GIB],
      ['36B-UD-Q6_K_XL', 29.66 * GIB],
    ],
  },
  {
    name: 'ai/smollm2',
    license: 'Apache 2.0',
    uses: ['chat', 'tools'],
    tags: [
      ['135M-Q4_K_M', 98.87 * MIB],
      ['360M-Q4_K_M', 256.35 * MIB],
    ],
  },
  {
    name: 'ai/smollm3',
    license: 'Apache 2.0',
    uses: ['chat', 'tools'],
    tags: [
      ['Q4_K_M', 1.78 * GIB],
      ['Q8_0', 3.04 * GIB],
      ['F16', 5.73 * GIB],
    ],
  },
  {
    name: 'ai/smolvlm',
    license: 'Apache 2.0',
    uses: ['chat', 'vision'],
    tags: [
      ['500M-Q8_0', 414.86 * MIB],
      ['500M-F16', 780.71 * MIB],
    ],
  },
];
