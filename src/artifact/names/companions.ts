/**
 * Recognizes GGUFs that accompany a model by their names, because Docker and ModelPack have no types for most of them.
 * Models have the same words in their names, so these count only beside a model; the header of a single file decides.
 */
import { mapInSteps, type Steps } from '../../base/steps.ts';
import type { FileRole } from '../artifact.ts';
import type { Candidate } from '../candidate.ts';
import type { HeaderRoles } from '../headers.ts';
import { baseName } from './fileName.ts';

interface Companion {
  readonly role: FileRole;
  readonly pattern: RegExp;
  /** Largest size relative to the model's; a larger file is another model. */
  readonly maxShare: number;
  /** Set if the name must begin like the model's, unless the file is as small as a draft. */
  readonly isOfModel?: true;
}

/** Largest size of a draft relative to its model; a larger one is the model with its own heads, or another model. */
const DRAFT_SHARE = 1 / 3;

/** Matches one of several words between the separators of a file name. */
function word(alternatives: string): string {
  return `(?:^|[-_. +()[\\]])(?:${alternatives})(?:[-_. +()[\\]]|$)`;
}

/** The precision of weights, with which names of companions end, while those of models say more. */
const PRECISION = '(?:[-_.](?:b?f16|f32|q8_0))?';

const ADAPTER = word('q?loras?|adapters?|c(?:ontrol)?[-_ ]?vectors?');

/** Companions by name; the first match counts. */
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
  // CLIP and vision transformers, which projectors are made of.
  {
    role: 'projector',
    pattern: new RegExp(
      `(?:^|[-_. +])(?:(?:clip|vit)(?:[-_]model)?${PRECISION}\\.gguf$|clip[-_]vit[-_.])`,
      'i',
    ),
    maxShare: 1,
  },
  // Vision models have these words in their names too, so only a last word counts.
  {
    role: 'projector',
    pattern: new RegExp(`(?:^|[-_. +])(?:vision|visual|audio)(?:[-_]model)?${PRECISION}\\.gguf$`, 'i'),
    maxShare: 1,
    isOfModel: true,
  },
  // An adapter that was merged is a model, and so is one quantized further than llama.cpp does with adapters.
  { role: 'adapter', pattern: new RegExp(`^(?=.*(?:merged?|i?q[1-6]_)).*${ADAPTER}`, 'i'), maxShare: 0 },
  { role: 'adapter', pattern: new RegExp(ADAPTER, 'i'), maxShare: 1 },
  // Names that llama.cpp, vLLM and SGLang use for small models that draft for a large one (--model-draft, speculators).
  // Some models are called eagle or medusa too, so the size decides.
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
  // Models quantized with an importance matrix have the word in their names too, followed by their quantization.
  { role: 'other', pattern: /^imatrix(?:[-_.]|$)/i, maxShare: 1 },
  { role: 'other', pattern: /[-_. ]i?q\d.*[-_. ]imatrix\.gguf$/i, maxShare: DRAFT_SHARE },
  { role: 'other', pattern: /^(?!.*[-_.]i?q\d).*[-_. ]imatrix(?:[-_.]|$)/i, maxShare: 1 },
  // Parts of image generation models.
  { role: 'other', pattern: new RegExp(word('vae'), 'i'), maxShare: 1 },
];

function companionOf(name: string): Companion | undefined {
  const base = baseName(name);
  return COMPANIONS.find(({ pattern }) => pattern.test(base));
}

/** Returns the role of a GGUF that accompanies a model, by its name, or undefined if it may be the model. */
export function companionRole(name: string): FileRole | undefined {
  return companionOf(name)?.role;
}

/** Results for media types: a manifest has thousands of layers but few types. */
const typesTold = new Map<string, FileRole | undefined>();
const MAX_TYPES_TOLD = 100;

/** Like {@link companionRole}, for the words of a media type. */
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

/** Weights, separated by what their names say about each other. */
export interface Sorted {
  readonly weights: readonly Candidate[];
  readonly companions: readonly Candidate[];
  /**
   * True if one of the weights has a companion's name but a model's size, so the weights are not parts of one model.
   */
  readonly isUnclear: boolean;
}

/**
 * Separates the companions from several GGUFs. A file too large for its name stays with the weights; then it is unclear
 * which one to run, and none is chosen.
 * @param headers roles from the headers of files, which take precedence over names and sizes.
 */
export function* withoutCompanions(weights: readonly Candidate[], headers?: HeaderRoles): Steps<Sorted> {
  const looked = yield* mapInSteps(weights, (file) => ({
    file,
    said: sayingOf(file, headers?.get(file.digest)),
  }));
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

/** Quantizations that are common for models but rare for projectors. */
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
