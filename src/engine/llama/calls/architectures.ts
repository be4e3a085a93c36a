/** Asks which of the given architectures llama.cpp knows. */
import * as z from 'zod';
import { defineCall } from '../call.ts';

const names = z.array(z.string().max(64)).max(64);

/** A name in neither list could not be checked. */
const result = z.strictObject({ known: names, unknown: names });
export type ArchitectureAnswer = z.infer<typeof result>;

export const architecturesCall = defineCall({
  name: 'architectures',
  params: z.strictObject({ names }),
  event: z.never(),
  result,
});
