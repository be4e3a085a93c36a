/**
 * Models for a machine that has none yet: one for chats and edits, and one that completes code at the cursor. Of those
 * that fit together, each is the one with the most parameters that is still fast enough for its purpose.
 */
import type { MachineMemory } from '../gguf/index.ts';
import { quantizationIn } from '../gguf/index.ts';
import { BUILT_IN_MODELS, type BuiltInModel } from './builtIn.ts';
import { recommendTag, roomTaken } from './recommend.ts';
import { judgeBySize, surelyFits } from './sizeVerdict.ts';
import { expectedSpeed, type MachineSpeed } from './speed.ts';

/** Tokens a second: people read about five words, and a completion that comes late disturbs. */
const READING_SPEED = 8;
const TYPING_SPEED = 20;

/** The part of the memory that completions may take: a chat needs a large model more. */
const COMPLETION_SHARE = 1 / 3;

/** Repositories that answer at once, without thinking first, and whose cards name code or tools. */
const CHAT: readonly string[] = [
  'ai/smollm2',
  'ai/llama3.2',
  'ai/qwen2.5',
  'ai/granite-4.0-h-micro',
  'ai/granite-4.0-h-tiny',
  'ai/mistral-nemo',
  'ai/devstral-small',
  'ai/qwen3-coder',
];

/** A tag of the built-in list for a purpose. */
export interface ProposedModel {
  readonly registry: 'docker.io';
  readonly repository: string;
  readonly tag: string;
  /** Bytes of its files, rounded as the built-in list is. */
  readonly bytes: number;
  readonly license: string | undefined;
  /** Tokens a second; undefined if it is not sure to fit. */
  readonly speed: number | undefined;
  /** True if it is fast enough for its purpose. */
  readonly isFast: boolean;
}

/** The models for one purpose. */
export interface Proposal {
  /** Undefined if none fits. */
  readonly best: ProposedModel | undefined;
  /** All of the purpose that fit, the smallest first. */
  readonly choices: readonly ProposedModel[];
}

/** Proposes models for both purposes. */
export function proposeModels(machine: MachineSpeed): { chat: Proposal; completion: Proposal } {
  const small = partOf(machine.memory, COMPLETION_SHARE);
  const completion = propose(machine, small, TYPING_SPEED, ({ uses }) => uses.includes('fim'));
  const taken = completion.best === undefined ? 0 : roomTaken(completion.best.bytes);
  const rest = { ...machine, memory: without(machine.memory, taken) };
  return { chat: propose(rest, rest.memory, READING_SPEED, ({ name }) => CHAT.includes(name)), completion };
}

/** @param room that the best one may take. @param wanted tokens a second. */
function propose(
  machine: MachineSpeed,
  room: MachineMemory,
  wanted: number,
  isForIt: (model: BuiltInModel) => boolean,
): Proposal {
  const choices = BUILT_IN_MODELS.filter(isForIt)
    .flatMap((model) => model.tags.map(([tag, bytes]) => proposed(model, tag, bytes, machine, wanted)))
    .filter(({ speed }) => speed !== undefined)
    .sort((a, b) => a.bytes - b.bytes);
  const fast = choices.filter(({ isFast }) => isFast);
  // A model's quantization and parameters are in its tag; its name may have numbers of its own.
  const listed = fast.map((one) => ({
    tag: keyOf(one),
    bytes: one.bytes,
    quantization: quantizationIn(one.tag),
    parameters: one.tag,
  }));
  const best = recommendTag(listed, room);
  return { best: fast.find((one) => keyOf(one) === best) ?? choices[0], choices };
}

function proposed(
  { name, license }: BuiltInModel,
  tag: string,
  bytes: number,
  machine: MachineSpeed,
  wanted: number,
): ProposedModel {
  const verdict = judgeBySize({ bytes, name }, machine.memory);
  const speed = surelyFits(verdict) ? expectedSpeed({ bytes, name: tag, verdict }, machine) : undefined;
  const isFast = speed !== undefined && speed >= wanted;
  return { registry: 'docker.io', repository: name, tag, bytes: Math.round(bytes), license, speed, isFast };
}

function keyOf({ repository, tag }: ProposedModel): string {
  return `${repository}:${tag}`;
}

function partOf({ gpu, ...main }: MachineMemory, part: number): MachineMemory {
  return {
    ...main,
    availableBytes: main.availableBytes * part,
    gpu: gpu && { ...gpu, availableBytes: gpu.availableBytes * part },
  };
}

/** The memory that is left beside another model, which is where that one fits too. */
function without({ gpu, ...main }: MachineMemory, bytes: number): MachineMemory {
  const left = (available: number): number => Math.max(0, available - bytes);
  const isOnGpu = gpu !== undefined && bytes <= gpu.availableBytes;
  const leftMain = { ...main, availableBytes: left(main.availableBytes) };
  if (!isOnGpu) return { ...leftMain, gpu };
  return { ...(gpu.unified ? leftMain : main), gpu: { ...gpu, availableBytes: left(gpu.availableBytes) } };
}
