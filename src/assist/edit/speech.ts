/**
 * Takes the answer proper out of raw output: without thoughts, headers of messages, marks of turns and what a model
 * goes on to invent behind the end of its turn. Marks within code are code, so this asks if a block is open.
 */
import { createAnswerReader, firstMark, firstThoughtEnd, TURN_ENDS } from '../../inference/format/index.ts';

/** Marks in an answer beyond which it is noise. */
const MAX_MARKS = 2_000;
/** Stands behind each line that is looked into, to see if it is part of a thought; no model writes it. */
const PROBE = '\u2063\u2063';
/** Beginnings of a turn that some templates let the model write itself. */
const LEAD =
  /^\s*(?:<s>|<\|begin_of_text\|>|<bos>|<\|im_start\|>\s*assistant|<\|start_header_id\|>assistant<\|end_header_id\|>|<\|assistant\|>|<start_of_turn>model|\[\/INST\]|<｜Assistant｜>|<\|fim_middle\|>|<fim_middle>|(?:assistant|ASSISTANT|Assistant|### Response|### Answer|AI):(?=\s*$))[ \t]*/;
/** Marks of prompts of fill-in-the-middle, with which a model goes on to another file or place. */
const FILE_ENDS = [
  '<|file_sep|>',
  '<|file_separator|>',
  '<|repo_name|>',
  '<|fim_prefix|>',
  '<|fim_suffix|>',
  '<|fim_pad|>',
  '<file_sep>',
  '<fim_prefix>',
  '<fim_suffix>',
];
/** The line before a file in such prompts. */
const FILE_NAME = /^<filename>\s*[\w@.-]+(?:[\\/][\w@.-]+)*\s*$/;
/** Marks that end a turn and are in no family's table. */
const MORE_ENDS = [
  '[/INST]',
  '<|endofanswer|>',
  '<EOT>',
  '<|user|>',
  '<|im_start|>',
  '<start_of_turn>',
  '[INST]',
  ...FILE_ENDS,
];

/** Beginnings of a turn that a model invents without marks, behind its block of code. */
const OTHER_TURN = /^\s*(?:Human|HUMAN|User|USER|### (?:Instruction|Human|User|Input)):/;

/** Where the lines of the answer go. */
export interface SpeechTarget {
  /** Tells if the next line is within a block of code. */
  readonly isInCode: boolean;
  /** Tells if there was a block of code. */
  readonly hasBlock: boolean;
  take(line: string): void;
  /** Everything until now was a thought. */
  clear(): void;
}

/** Reads raw output piece by piece. */
export class Speech {
  readonly #target: SpeechTarget;
  /** Tells if a mark stands in the document, and so is text. */
  readonly #isKnown: (mark: string) => boolean;
  #rest = '';
  /** Pieces without a line break, so that a long line is not joined with each of them. */
  #pending: string[] = [];
  #thought: ReturnType<typeof createAnswerReader> | undefined;
  #hasBegun = false;
  #marks = 0;
  /** True once the turn has ended: the rest is invented. */
  hasEnded = false;

  constructor(target: SpeechTarget, isKnown: (mark: string) => boolean, thoughtOpen: boolean) {
    this.#target = target;
    this.#isKnown = isKnown;
    if (thoughtOpen) this.#thought = createAnswerReader({ tools: [], thoughtOpen: true });
  }

  /** Tells if the answer is within a thought now. */
  get isThinking(): boolean {
    return this.#thought !== undefined;
  }

  /** Tells if there are more marks than any answer has. */
  get isNoise(): boolean {
    return this.#marks > MAX_MARKS;
  }

  /** The text of the line that has not ended. */
  get partial(): string {
    if (this.#pending.length > 0) {
      this.#rest += this.#pending.join('');
      this.#pending = [];
    }
    return this.#rest;
  }

  /** Reads the next piece, wherever it is split. */
  push(text: string): void {
    if (!text.includes('\n')) {
      this.#pending.push(text);
      return;
    }
    const lines = (this.partial + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** Reads the line that nothing ended. */
  end(): void {
    const last = this.partial;
    this.#rest = '';
    if (last !== '') this.#line(last);
  }

  #line(raw: string): void {
    if (this.hasEnded || this.isNoise) return;
    let line = raw.replace(/\r+$/, '');
    if (!this.#hasBegun) {
      line = line.replace(/^\uFEFF/, '').replace(LEAD, '');
      if (line.trim() === '' || (FILE_NAME.test(line) && !this.#isKnown('<filename>'))) return;
      this.#hasBegun = this.#thought === undefined;
    }
    if (this.#thought !== undefined) this.#think(line);
    else if (this.#target.isInCode) this.#code(line);
    else this.#speak(line);
  }

  /** A line within a block: only the end of a thought that was never opened, alone on its line, is a mark there. */
  #code(line: string): void {
    const text = line.trim();
    const fence = /^\s*(?:`{3,}|~{3,})\s*/.exec(line)?.[0];
    const mark = fence === undefined ? undefined : firstMark(line);
    if (fence !== undefined && isHalfMark(line.slice(fence.length))) {
      this.#target.take(fence.trimEnd());
      this.hasEnded = true;
      return;
    }
    if (fence !== undefined && mark?.at === fence.length) {
      this.#target.take(fence.trimEnd());
      if (this.#target.isInCode) this.hasEnded = true;
      else this.#speak(line.slice(mark.at));
      return;
    }
    const end = text.startsWith('<') || text.startsWith('[') ? firstThoughtEnd(text) : undefined;
    if (end?.at === 0 && end.mark.length === text.length && !this.#isKnown(text)) this.#target.clear();
    else this.#target.take(line);
  }

  #speak(line: string): void {
    const found = firstMark(line);
    const ender = MORE_ENDS.find((mark) => line.trimStart().startsWith(mark));
    const isOther = OTHER_TURN.test(line) && this.#target.hasBlock;
    if (isOther || (ender !== undefined && !this.#isKnown(ender))) {
      this.hasEnded = true;
      return;
    }
    if (found === undefined || this.#isKnown(found.mark)) {
      this.#target.take(line);
      return;
    }
    this.#marks++;
    const end = firstThoughtEnd(line);
    // A thought that the prompt opened: everything up to its end is none of the answer.
    if (end !== undefined && found.at === end.at && line.slice(0, end.at).trim() === '') {
      this.#target.clear();
      const rest = line.slice(end.at + end.mark.length);
      if (rest.trim() !== '') this.#speak(rest);
      return;
    }
    if (this.#endsTurn(line, found)) return;
    // A mark in the middle of a line of code is text.
    if (line.slice(0, found.at).trim() !== '') {
      this.#target.take(line);
      return;
    }
    this.#thought = createAnswerReader({ tools: [], thoughtOpen: false });
    this.#think(line.slice(found.at));
  }

  /** A line that may be within a thought. */
  #think(line: string): void {
    const reader = this.#thought;
    if (reader === undefined) return;
    // Nothing else can end a thought.
    if (firstMark(line) === undefined) return;
    this.#marks++;
    const pieces = reader.push(`${line}\n${PROBE}`);
    if (pieces.at(-1)?.type === 'thought') return;
    this.#thought = undefined;
    this.#hasBegun = true;
    const text = pieces
      .map((piece) => (piece.type === 'text' ? piece.text : ''))
      .join('')
      .split(PROBE)[0]
      ?.trimEnd();
    if (text === undefined || text === '') return;
    const at = line.lastIndexOf(text);
    // Marks within the text were left out, and what it was cannot be told.
    if (at < 0) this.#marks = MAX_MARKS + 1;
    const before = /[ \t]*$/.exec(line.slice(0, Math.max(0, at)))?.[0] ?? '';
    const shown = before + text;
    const found = firstMark(shown);
    if (found === undefined || !this.#endsTurn(shown, found)) this.#target.take(shown);
  }

  /** Ends the answer where a mark ends the turn, behind what stands before it. */
  #endsTurn(line: string, { at, mark }: { readonly at: number; readonly mark: string }): boolean {
    if (!TURN_ENDS.includes(mark) || !isTurnEnd(line, at, mark)) return false;
    const text = line.slice(0, at);
    if (text.trim() !== '') this.#target.take(text);
    this.hasEnded = true;
    return true;
  }
}

/** Tells if a text is the beginning of a mark that ends a turn, and that a model did not finish. */
function isHalfMark(text: string): boolean {
  const start = text.trim();
  return start.length > 1 && TURN_ENDS.some((mark) => mark.length > start.length && mark.startsWith(start));
}

/** Tells if a mark ends the turn: nothing follows on its line, or another mark. */
function isTurnEnd(line: string, at: number, mark: string): boolean {
  const rest = line.slice(at + mark.length).trim();
  return rest === '' || /^[<[]/.test(rest);
}
