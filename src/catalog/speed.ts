/**
 * The speed of a model before it ran here. Each token reads all weights that take part in it once, so the speed is the
 * bytes that the memory delivers in a second, divided by those of the weights.
 *
 * The rate of main memory was measured with llama.cpp on two cores of a virtual machine: 8.1 GB/s (SmolLM2-135M), 9.5
 * (gemma-3-270m) and 11.1 (494 M parameters, Q8_0). More cores deliver more, up to the memory's own rate: two channels of
 * DDR4-3200 have 51 GB/s, of which about four fifths are reached. For GPUs a common card's rate is taken.
 */
import type { JudgedMachine, SizeVerdict } from './sizeVerdict.ts';

/** Bytes a second. */
const PER_CORE = 4.75e9;
const MAIN_MEMORY = 40e9;
const GPU_MEMORY = 200e9;

/** The parts of the machine that the speed depends on. */
export interface MachineSpeed {
  readonly memory: JudgedMachine;
  /** Cores that this process may use. */
  readonly cores: number;
}

/** A model whose speed is estimated. */
export interface TimedModel {
  /** Bytes of the weights. */
  readonly bytes: number;
  /** Tells a mixture of experts, of which only some take part in a token: `30B-A3B`. */
  readonly name: string;
  /** The place where it runs. */
  readonly verdict: SizeVerdict;
}

/**
 * Estimates the tokens a second of an answer, within a factor of two where it was measured. A model that may be partly on
 * the CPU counts as if it were there.
 * @returns undefined if the model does not fit.
 */
export function expectedSpeed(
  { bytes, name, verdict }: TimedModel,
  { cores }: Pick<MachineSpeed, 'cores'>,
): number | undefined {
  if (verdict === 'none') return undefined;
  const rate = verdict === 'gpu' ? GPU_MEMORY : Math.min(MAIN_MEMORY, PER_CORE * cores);
  return rate / (bytes * activeFraction(name));
}

function activeFraction(name: string): number {
  const match = /(\d+(?:\.\d+)?)B-A(\d+(?:\.\d+)?)B/i.exec(name);
  return match === null ? 1 : Math.min(1, Number(match[2]) / Number(match[1]));
}
