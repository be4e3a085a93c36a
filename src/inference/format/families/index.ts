/** The families, in one table. A mark that several of them have is read in the forms of all, in this order. */
import type { Family } from '../outputFamily.ts';
import { command } from './command.ts';
import { deepseek } from './deepseek.ts';
import { exaone } from './exaone.ts';
import { functionary } from './functionary.ts';
import { gemma } from './gemma.ts';
import { glm } from './glm.ts';
import { granite } from './granite.ts';
import { harmony } from './harmony.ts';
import { kimi } from './kimi.ts';
import { lfm } from './lfm.ts';
import { llama } from './llama.ts';
import { minimax } from './minimax.ts';
import { mistral } from './mistral.ts';
import { nemotron } from './nemotron.ts';
import { olmo } from './olmo.ts';
import { qwen } from './qwen.ts';
import { qwenCoder } from './qwenCoder.ts';
import { seed } from './seed.ts';

export const FAMILIES: readonly Family[] = [
  qwen,
  qwenCoder,
  glm,
  deepseek,
  gemma,
  lfm,
  mistral,
  olmo,
  command,
  llama,
  granite,
  harmony,
  kimi,
  minimax,
  nemotron,
  seed,
  exaone,
  functionary,
];
