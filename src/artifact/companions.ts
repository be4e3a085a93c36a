/**
 * GGUFs that go with a model, by their names; Docker and ModelPack have no types for most of them. Models have the same
 * words in their names, so these say something beside a model only: of a single file its header decides.
 */
import type { FileRole } from './artifact.ts';
import { baseName } from './fileName.ts';
import type { Candidate } from './place.ts';

const COMPANIONS: readonly { readonly role: FileRole; readonly pattern: RegExp }[] = [
  // `llava-mm_proj.gguf`, `ggml-vision-encoder.gguf`, `multi_modal_projector.gguf`.
  {
    role: 'projector',
    pattern:
      /(?:^|[-_. ])(?:mm[-_]?proj(?:ector)?s?|(?:vision|audio|image)[-_]?(?:encoder|projector|tower|adapter)|projector)(?:$|[-_. ]|\d)/i,
  },
  { role: 'adapter', pattern: /(?:^|[-_.])(?:q?lora|adapters?|control[-_]?vector)(?:[-_.]|$)/i },
  // What llama.cpp, vLLM and SGLang call small models that draft for a large one (--model-draft, speculators).
  {
    role: 'draft',
    pattern:
      /(?:^|[-_.])(?:draft(?:er)?|d[-_]?flash|mtp|nextn|eagle[-_]?[23]?|medusa|speculator|speculative)(?:[-_.]|$)/i,
  },
  { role: 'tokenizer', pattern: /(?:^|[-_.])vocab(?:ulary)?(?:[-_.]|$)/i },
  // Models that were quantized with one have the word in their names, too, and what they were quantized to.
  { role: 'other', pattern: /^(?!.*(?:^|[-_.])i?q\d)(?:.*[-_.])?imatrix(?:[-_.]|$)/i },
];

/** The role of a GGUF that goes with a model, by its name; undefined where it may be the model. */
export function companionRole(name: string): FileRole | undefined {
  return COMPANIONS.find(({ pattern }) => pattern.test(baseName(name)))?.role;
}

/** A media type's words, told as those of a name are. */
export function companionType(mediaType: string): FileRole | undefined {
  return companionRole(mediaType.replaceAll(/[/+]/g, '.'));
}

/** Takes what goes with a model out of several GGUFs. */
export function withoutCompanions(weights: readonly Candidate[]): {
  readonly weights: readonly Candidate[];
  readonly companions: readonly Candidate[];
} {
  const looked = weights.map((file) => ({ file, role: file.hint ?? companionRole(file.name ?? '') }));
  const main = looked.filter(({ role }) => role === undefined).map(({ file }) => file);
  if (main.length === 0) return { weights, companions: [] };
  const companions = looked.flatMap(({ file, role }) => (role === undefined ? [] : [{ ...file, role }]));
  return { weights: main, companions };
}
