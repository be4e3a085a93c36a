/** A completer over a scripted engine. */
import {
  type Completer,
  type CompleterOptions,
  createCompleter,
  type Place,
} from '../../../../src/assist/index.ts';
import { fimFormat } from '../../../../src/inference/format/fim/index.ts';
import { type Script, ScriptedEngine } from '../../../support/scriptedEngine.ts';

export const MARKS = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'];

/** `before|behind` */
export function at(text: string, document = 'file:///a.ts'): Place {
  const cursor = text.indexOf('|');
  return { document, prefix: text.slice(0, cursor), suffix: text.slice(cursor + 1) };
}

export interface Scripted {
  readonly completer: Completer;
  readonly engine: ScriptedEngine;
  /** Pauses that were asked for, in milliseconds. */
  readonly pauses: number[];
}

/** @param infill the pieces of each completion. */
export async function scripted(
  infill: NonNullable<Script['infill']>,
  { marks = MARKS, ...options }: Partial<CompleterOptions> & { readonly marks?: readonly string[] } = {},
): Promise<Scripted> {
  const engine = new ScriptedEngine({ answer: [], infill, marks, contextTokens: 4_096 });
  await engine.load({ kind: 'file', path: 'x' });
  const pauses: number[] = [];
  const completer = createCompleter({
    engine,
    format: fimFormat({ marks, name: 'scripted' }),
    contextTokens: 4_096,
    // Requests of their own would be counted with those that a test is about.
    prefetches: false,
    pause: async (ms) => void pauses.push(ms),
    ...options,
  });
  return { completer, engine, pauses };
}
