/**
 * The recommendation of the tag that fits this machine best, by the names and sizes in a list. It costs no request,
 * so tags whose size or quantization is unknown are left out.
 *
 * The rule, in this order:
 *   1. It fits well: entirely on the GPU if there is one, else in half of the available main memory, so that the
 *      editor and other programs keep theirs, and the verdict by its size does not leave that open.
 *   2. A quantization of Q4_K_M or better is preferred to a lower one, even of a larger model: below that, answers get
 *      worse faster than a larger model makes them better.
 *   3. The model with the most parameters.
 *   4. Of one model, the largest quantization up to Q8_0: more bits cost speed, and nobody notices them.
 */
import { bitsPerWeight, type MachineMemory, parametersIn, quantizationIn } from '../gguf/index.ts';
import { judgeBySize, surelyFits } from './sizeVerdict.ts';

/** A tag as listed. */
export interface ListedTag {
  readonly tag: string;
  /** Bytes of all files; undefined if the list does not say. */
  readonly bytes?: number | undefined;
  /** The quantization found by an inspection. Defaults to that in the name. */
  readonly quantization?: string | undefined;
  /** For people: `7B`. */
  readonly parameters?: string | undefined;
}

/** Bits per weight of Q4_K_M, and of Q8_0, above which more bring nothing. */
const GOOD_BITS = 4.8;
const ENOUGH_BITS = 8.6;
/** The approximate memory of a model beside its files: cache and buffers at a common context, and the process. */
const OVERHEAD = { fraction: 0.15, bytes: 400e6 };
/** The part of main memory that a model may take. */
const WELL_WITHIN = 0.5;

interface Candidate {
  readonly tag: string;
  readonly bytes: number;
  readonly bits: number;
  readonly parameters: number;
}

/**
 * Returns the recommended tag, or undefined if no known one fits well.
 * @param repository its name, which tells more about the memory that a size needs. Defaults to none.
 */
export function recommendTag(
  tags: readonly ListedTag[],
  machine: MachineMemory,
  repository = '',
): string | undefined {
  const room = roomFor(machine);
  const [best] = tags
    .map(candidate)
    .filter((tag) => tag !== undefined)
    .filter(
      ({ tag, bytes }) =>
        roomTaken(bytes) <= room && surelyFits(judgeBySize({ bytes, name: `${repository}:${tag}` }, machine)),
    )
    .sort(byPreference);
  return best?.tag;
}

/** Estimates the memory of a model from the size of its files alone. @param bytes of its files. */
export function roomTaken(bytes: number): number {
  return bytes * (1 + OVERHEAD.fraction) + OVERHEAD.bytes;
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

/** Returns the relative difference. Names round the number of parameters, so close ones are the same model. */
function difference(a: number, b: number): number {
  return Math.abs(a - b) < 0.1 * Math.max(a, b) ? 0 : a - b;
}
