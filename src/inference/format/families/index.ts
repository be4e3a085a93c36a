/** The families, in one table. A mark that several of them have is read in the forms of all, in this order. */
import type { Family } from '../outputFamily.ts';
import { cline } from './elements/cline.ts';
import { glm } from './elements/glm.ts';
import { hunyuan } from './elements/hunyuan.ts';
import { longcat } from './elements/longcat.ts';
import { minicpm } from './elements/minicpm.ts';
import { minimax } from './elements/minimax.ts';
import { minimaxM3 } from './elements/minimaxM3.ts';
import { qwenCoder } from './elements/qwenCoder.ts';
import { seed } from './elements/seed.ts';
import { apertus } from './json/apertus.ts';
import { command } from './json/command.ts';
import { deepseek } from './json/deepseek.ts';
import { exaone } from './json/exaone.ts';
import { functionary } from './json/functionary.ts';
import { glm4 } from './json/glm4.ts';
import { granite } from './json/granite.ts';
import { kimi } from './json/kimi.ts';
import { llama } from './json/llama.ts';
import { mistral } from './json/mistral.ts';
import { nemotron } from './json/nemotron.ts';
import { pangu } from './json/pangu.ts';
import { phi } from './json/phi.ts';
import { plamo } from './json/plamo.ts';
import { qwen } from './json/qwen.ts';
import { qwenAgent } from './json/qwenAgent.ts';
import { react } from './json/react.ts';
import { gigachat } from './messages/gigachat.ts';
import { harmony } from './messages/harmony.ts';
import { inkling } from './messages/inkling.ts';
import { kimiK3 } from './messages/kimiK3.ts';
import { solar } from './messages/solar.ts';
import { gemma } from './python/gemma.ts';
import { gorilla } from './python/gorilla.ts';
import { lfm } from './python/lfm.ts';
import { nexus } from './python/nexus.ts';
import { olmo } from './python/olmo.ts';

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
  kimiK3,
  minimax,
  minimaxM3,
  nemotron,
  hunyuan,
  apertus,
  seed,
  exaone,
  longcat,
  minicpm,
  phi,
  pangu,
  plamo,
  solar,
  inkling,
  gigachat,
  functionary,
  qwenAgent,
  gorilla,
  nexus,
  react,
  glm4,
  cline,
];
