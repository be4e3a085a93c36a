/**
 * GGUFs that go with a model, by their names; Docker and ModelPack have no types for most of them. Models have the same
 * words in their names, so these say something beside a model only: of a single file its header decides.
 */
import type { FileRole } from '../artifact.ts';
import type { Candidate } from '../candidate.ts';
import type { HeaderRoles } from '../headers.ts';
import { baseName } from './fileName.ts';

interface Companion {
  readonly role: FileRole;
  readonly pattern: RegExp;
  /** Times the model's bytes that it has at most: a larger file is another model. */
  readonly maxShare: number;
  /** Tells whether its name has to begin as that of the model does, unless it is as small as a draft. */
  readonly isOfModel?: true;
}

/** What drafts for a model is much smaller than it is: a larger one is the model with its own heads, or another one. */
const DRAFT_SHARE = 1 / 3;

/** A word or several alternatives, between what separates the words of a file name. */
function word(alternatives: string): string {
  return `(?:^|[-_. +()[\\]])(?:${alternatives})(?:[-_. +()[\\]]|$)`;
}

/** How exactly a file has its weights; names of companions end so, while models have more to say of themselves. */
const PRECISION = '(?:[-_.](?:b?f16|f32|q8_0))?';

const ADAPTER = word('q?loras?|adapters?|c(?:ontrol)?[-_ ]?vectors?');

/** The first match counts. */
const COMPANIONS: readonly Companion[] = [
  // `llava-mm_proj.gguf`, `ggml-vision-encoder.gguf`, `multi_modal_projector.gguf`, `x-speech-encoder.gguf`.
  {
    role: 'projector',
    pattern: new RegExp(
      word(
        'mm[-_]?proj(?:ector)?s?\\d*|(?:vision|audio|image|speech)[-_ ]?(?:encoder|projector|tower|adapter)|projector',
      ),
      'i',
    ),
    maxShare: 1,
  },
  // CLIP and vision transformers are what projectors are made of.
  {
    role: 'projector',
    pattern: new RegExp(
      `(?:^|[-_. +])(?:(?:clip|vit)(?:[-_]model)?${PRECISION}\\.gguf$|clip[-_]vit[-_.])`,
      'i',
    ),
    maxShare: 1,
  },
  // Models that see are called so, too: only what is left of them when it is the last word.
  {
    role: 'projector',
    pattern: new RegExp(`(?:^|[-_. +])(?:vision|visual|audio)(?:[-_]model)?${PRECISION}\\.gguf$`, 'i'),
    maxShare: 1,
    isOfModel: true,
  },
  // An adapter that was merged is a model, and so is one that was quantized further than llama.cpp does with adapters.
  { role: 'adapter', pattern: new RegExp(`^(?=.*(?:merged?|i?q[1-6]_)).*${ADAPTER}`, 'i'), maxShare: 0 },
  { role: 'adapter', pattern: new RegExp(ADAPTER, 'i'), maxShare: 1 },
  // What llama.cpp, vLLM and SGLang call small models that draft for a large one (--model-draft, speculators). Models
  // are called eagle and medusa, too, so that these two count by their size.
  {
    role: 'draft',
    pattern: new RegExp(
      word(
        'draft(?:er|s|[-_ ]?models?)?|d[-_]?flash|mtp\\d*|nextn\\d*|eagle(?:[-_]?\\d)?|medusa|speculators?|speculative',
      ),
      'i',
    ),
    maxShare: DRAFT_SHARE,
  },
  { role: 'tokenizer', pattern: new RegExp(word('vocab(?:ulary)?|tokenizer'), 'i'), maxShare: 1 },
  // Models that were quantized with one have the word in their names, too, and behind it what they were quantized to.
  { role: 'other', pattern: /^imatrix(?:[-_.]|$)/i, maxShare: 1 },
  { role: 'other', pattern: /[-_. ]i?q\d.*[-_. ]imatrix\.gguf$/i, maxShare: DRAFT_SHARE },
  { role: 'other', pattern: /^(?!.*[-_.]i?q\d).*[-_. ]imatrix(?:[-_.]|$)/i, maxShare: 1 },
  // Of image generation models.
  { role: 'other', pattern: new RegExp(word('vae'), 'i'), maxShare: 1 },
];

function companionOf(name: string): Companion | undefined {
  const base = baseName(name);
  return COMPANIONS.find(({ pattern }) => pattern.test(base));
}

/** The role of a GGUF that goes with a model, by its name; undefined where it may be the model. */
export function companionRole(name: string): FileRole | undefined {
  return companionOf(name)?.role;
}

/** What media types were told to be: a manifest has thousands of layers, and few types. */
const typesTold = new Map<string, FileRole | undefined>();
const MAX_TYPES_TOLD = 100;

/** A media type's words, told as those of a name are. */
export function companionType(mediaType: string): FileRole | undefined {
  if (typesTold.has(mediaType)) return typesTold.get(mediaType);
  if (typesTold.size >= MAX_TYPES_TOLD) typesTold.clear();
  const role = companionRole(mediaType.replaceAll(/[/+]/g, '.'));
  typesTold.set(mediaType, role);
  return role;
}

function bytesOf(files: readonly Candidate[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Weights, sorted by what their names say beside each other. */
export interface Sorted {
  readonly weights: readonly Candidate[];
  readonly companions: readonly Candidate[];
  /** Tells whether one of the weights is a companion by its name and a model by its size: these are no parts of one model. */
  readonly isUnclear: boolean;
}

/**
 * Takes what goes with a model out of several GGUFs. A file that is too large for what its name says stays among the
 * weights: then it is unclear which one to run, and nothing is chosen.
 * @param headers what the headers of files say, which goes before names and sizes.
 */
export function withoutCompanions(weights: readonly Candidate[], headers?: HeaderRoles): Sorted {
  const looked = weights.map((file) => ({ file, said: sayingOf(file, headers?.get(file.digest)) }));
  const main = looked.filter(({ said }) => said === undefined).map(({ file }) => file);
  if (main.length === 0) return { weights, companions: [], isUnclear: false };
  const roles = new Map(
    looked.flatMap(({ file, said }) =>
      said !== undefined && file.size <= shareOf(said, file, main) * bytesOf(main)
        ? [[file, said.role] as const]
        : [],
    ),
  );
  return {
    weights: weights.filter((file) => !roles.has(file)),
    companions: [...roles].map(([file, role]) => ({ ...file, role })),
    isUnclear: main.length + roles.size < weights.length,
  };
}

/** Quantizations that projectors hardly have, and models do. */
const QUANTIZED = /[-_.]i?q[1-6]_/i;

function shareOf(said: Saying, { name = '' }: Candidate, main: readonly Candidate[]): number {
  const { role, maxShare, isOfModel } = said;
  const isRelated = main.some((file) => firstWord(file.name ?? '') === firstWord(name));
  if (maxShare === Number.POSITIVE_INFINITY) return maxShare;
  const isLikelyModel = (isOfModel === true && !isRelated) || (role === 'projector' && QUANTIZED.test(name));
  return isLikelyModel ? DRAFT_SHARE : maxShare;
}

function firstWord(name: string): string {
  return (/^[^-_. +()[\]]*/.exec(baseName(name))?.[0] ?? '').toLowerCase();
}

type Saying = Pick<Companion, 'role' | 'maxShare' | 'isOfModel'>;

function sayingOf({ hint, name = '' }: Candidate, header?: FileRole): Saying | undefined {
  if (header !== undefined)
    return header === 'weights' ? undefined : { role: header, maxShare: Number.POSITIVE_INFINITY };
  if (hint === undefined) return companionOf(name);
  return { role: hint, maxShare: hint === 'draft' ? DRAFT_SHARE : 1 };
}
