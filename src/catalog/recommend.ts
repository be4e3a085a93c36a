/**
 * Which tag of a repository fits this machine best, from what a listing tells: names and sizes. Nothing is asked for
 * it, so it is a choice among what is known, and tags whose size or quantisation are not known are left out.
 *
 * The rule, in this order:
 *   1. It fits well: all of it on the GPU where there is one, or else in half of the main memory that is available, so
 *      that the editor and others keep theirs.
 *   2. A quantisation of Q4_K_M or better before a lower one, even of a larger model: below that, answers get worse
 *      faster than a larger model makes them better.
 *   3. The model with the most parameters.
 *   4. Of the same model the largest quantisation up to Q8_0: more bits cost speed, and nobody sees them.
 */
import { bitsPerWeight, type MachineMemory, parametersIn, quantizationIn } from '../gguf/index.ts';

/** A tag as a listing tells it. */
export interface ListedTag {
  readonly tag: string;
  /** Of all files; undefined where the listing does not say it. Bytes. */
  readonly bytes?: number | undefined;
  /** What was found by looking at it; else the name is read. */
  readonly quantization?: string | undefined;
  /** For people: `7B`. */
  readonly parameters?: string | undefined;
}

/** Bits of a weight in Q4_K_M, and in Q8_0, which is the most that is worth it. */
const GOOD_BITS = 4.8;
const ENOUGH_BITS = 8.6;
/** What a model takes beside its files, roughly: cache and buffers at a common context, and the process. */
const OVERHEAD = { fraction: 0.15, bytes: 400e6 };
/** The part of main memory that a model may take. */
const WELL_WITHIN = 0.5;

interface Candidate {
  readonly tag: string;
  readonly bytes: number;
  readonly bits: number;
  readonly parameters: number;
}

/** The tag that is recommended; undefined where none of those that are known fits well. */
export function recommendTag(tags: readonly ListedTag[], machine: MachineMemory): string | undefined {
  const room = roomFor(machine);
  const [best] = tags
    .map(candidate)
    .filter((tag) => tag !== undefined)
    .filter(({ bytes }) => bytes * (1 + OVERHEAD.fraction) + OVERHEAD.bytes <= room)
    .sort(byPreference);
  return best?.tag;
}

function roomFor({ gpu, availableBytes }: MachineMemory): number {
  return gpu === undefined ? availableBytes * WELL_WITHIN : Math.min(gpu.availableBytes, availableBytes);
}

function candidate(listed: ListedTag): Candidate | undefined {
  const { tag } = listed;
  const bits = bitsPerWeight(listed.quantization ?? quantizationIn(tag) ?? '');
  if (bits === undefined) return undefined;
  const stated = parametersIn(listed.parameters ?? tag);
  const bytes = listed.bytes ?? (stated === undefined ? undefined : (stated * bits) / 8);
  if (bytes === undefined || !(bytes > 0)) return undefined;
  return { tag, bytes, bits, parameters: stated ?? (bytes * 8) / bits };
}

function byPreference(a: Candidate, b: Candidate): number {
  return (
    Number(b.bits >= GOOD_BITS) - Number(a.bits >= GOOD_BITS) ||
    difference(b.parameters, a.parameters) ||
    Number(a.bits > ENOUGH_BITS) - Number(b.bits > ENOUGH_BITS) ||
    (a.bits > ENOUGH_BITS ? a.bits - b.bits : b.bits - a.bits) ||
    a.tag.localeCompare(b.tag, 'en')
  );
}

/** Names round the number of parameters, so those that are close are the same model. */
function difference(a: number, b: number): number {
  return Math.abs(a - b) < 0.1 * Math.max(a, b) ? 0 : a - b;
}
