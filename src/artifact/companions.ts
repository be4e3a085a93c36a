/**
 * GGUFs that go with a model, by their names; Docker and ModelPack have no types for most of them. Models have the same
 * words in their names, so these say something beside a model only: of a single file its header decides.
 */
import type { FileRole } from './artifact.ts';
import { baseName } from './fileName.ts';
import type { Candidate } from './place.ts';

interface Companion {
  readonly role: FileRole;
  readonly pattern: RegExp;
  /** Times the model's bytes that it has at most: a larger file is another model. */
  readonly maxShare: number;
}

/** What drafts for a model is much smaller than it is: a larger one is the model with its own heads, or another one. */
const DRAFT_SHARE = 1 / 3;

const ADAPTER = '(?:^|[-_.])(?:q?lora|adapters?|control[-_]?vector)(?:[-_.]|$)';

const COMPANIONS: readonly Companion[] = [
  // `llava-mm_proj.gguf`, `ggml-vision-encoder.gguf`, `multi_modal_projector.gguf`.
  {
    role: 'projector',
    pattern:
      /(?:^|[-_. ])(?:mm[-_]?proj(?:ector)?s?|(?:vision|audio|image)[-_]?(?:encoder|projector|tower|adapter)|projector)(?:$|[-_. ]|\d)/i,
    maxShare: 1,
  },
  // An adapter that was merged is a model, and so is one that was quantized further than llama.cpp does with adapters.
  { role: 'adapter', pattern: new RegExp(`^(?=.*(?:merged?|i?q[1-6]_)).*${ADAPTER}`, 'i'), maxShare: 0 },
  { role: 'adapter', pattern: new RegExp(ADAPTER, 'i'), maxShare: 1 },
  // What llama.cpp, vLLM and SGLang call small models that draft for a large one (--model-draft, speculators). Models
  // are called eagle and medusa, too, so that these two count by their size.
  {
    role: 'draft',
    pattern:
      /(?:^|[-_.])(?:draft(?:er)?|d[-_]?flash|mtp|nextn|eagle[-_]?[23]?|medusa|speculator|speculative)(?:[-_.]|$)/i,
    maxShare: DRAFT_SHARE,
  },
  { role: 'tokenizer', pattern: /(?:^|[-_.])vocab(?:ulary)?(?:[-_.]|$)/i, maxShare: 1 },
  // Models that were quantized with one have the word in their names, too, and what they were quantized to.
  { role: 'other', pattern: /^(?!.*(?:^|[-_.])i?q\d)(?:.*[-_.])?imatrix(?:[-_.]|$)/i, maxShare: 1 },
];

function companionOf(name: string): Companion | undefined {
  return COMPANIONS.find(({ pattern }) => pattern.test(baseName(name)));
}

/** The role of a GGUF that goes with a model, by its name; undefined where it may be the model. */
export function companionRole(name: string): FileRole | undefined {
  return companionOf(name)?.role;
}

/** A media type's words, told as those of a name are. */
export function companionType(mediaType: string): FileRole | undefined {
  return companionRole(mediaType.replaceAll(/[/+]/g, '.'));
}

function bytesOf(files: readonly Candidate[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Weights, sorted by what their names say beside each other. */
export interface Sorted {
  readonly weights: readonly Candidate[];
  readonly companions: readonly Candidate[];
  /** Whether one of the weights is a companion by its name and a model by its size: these are no parts of one model. */
  readonly isUnclear: boolean;
}

/**
 * Takes what goes with a model out of several GGUFs. A file that is too large for what its name says stays among the
 * weights: then it is unclear which one to run, and nothing is chosen.
 */
export function withoutCompanions(weights: readonly Candidate[]): Sorted {
  const looked = weights.map((file) => ({ file, said: sayingOf(file) }));
  const main = looked.filter(({ said }) => said === undefined).map(({ file }) => file);
  if (main.length === 0) return { weights, companions: [], isUnclear: false };
  const bytes = bytesOf(main);
  const roles = new Map(
    looked.flatMap(({ file, said }) =>
      said !== undefined && file.size <= said.maxShare * bytes ? [[file, said.role] as const] : [],
    ),
  );
  return {
    weights: weights.filter((file) => !roles.has(file)),
    companions: [...roles].map(([file, role]) => ({ ...file, role })),
    isUnclear: main.length + roles.size < weights.length,
  };
}

function sayingOf({ hint, name = '' }: Candidate): Pick<Companion, 'role' | 'maxShare'> | undefined {
  if (hint === undefined) return companionOf(name);
  return { role: hint, maxShare: hint === 'draft' ? DRAFT_SHARE : 1 };
}
