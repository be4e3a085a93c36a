/**
 * Reads an answer that changes several places or files: search and replace, diffs, patches, and blocks with whole files.
 * All changes are read, or none.
 */
import type { Localized } from '../../base/l10n.ts';
import { checkStandIns } from './checks/standIns.ts';
import { isForOutput, isForTerminal, languageOf } from './code/languages.ts';
import { ofCode } from './forms/index.ts';
import { hasSearchBlocks, isSearchMark, parseSearchBlocks } from './forms/searchReplace.ts';
import { hasDiffHeaders, parseDiff } from './forms/unifiedDiff.ts';
import { applyHunks, type Hunk, replacement, spliced } from './hunks.ts';
import { type Code, checkCharacters } from './place.ts';
import { readEdit } from './readEdit.ts';
import { type EditResult, REASONS, Refused, refuse } from './result.ts';
import { type Block, Segmenter } from './segments.ts';
import { Speech } from './speech.ts';
import { type EditContext, isBlank, isTelling, keyOf, Window } from './window.ts';

/** A file that an answer may change. */
export interface EditedFile {
  /** Relative, with slashes. */
  readonly path: string;
  readonly lines: readonly string[];
  /** Defaults to plain text. */
  readonly languageId?: string;
  /** One level of indentation. Defaults to four spaces. */
  readonly indentation?: string;
}

/** The new lines of a file. */
export interface FileEdit {
  readonly path: string;
  readonly isNew: boolean;
  readonly lines: readonly string[];
}

/** The changes of files in an answer. */
export type FileEditsResult =
  | { readonly kind: 'edits'; readonly edits: readonly FileEdit[]; readonly notes: readonly Localized[] }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly reason: Localized };

/** How an answer came. */
export type FileEditsOptions = Partial<Pick<EditContext, 'complete' | 'thoughtOpen' | 'instruction'>>;

const PATH = /^(?:[\w@.()[\]+-]+(?: [\w@.()[\]+-]+)*\/)*[\w@.()[\]+-]+$/;
const NAMED =
  /(?:^|[\s:="'`*(])((?:[\w@.+-]+\/)*[\w@+-]*\.?[\w@+-]+(?:\.[A-Za-z]\w{0,9})+|(?:[\w@.+-]+\/)+[\w@.+-]+|Makefile|Dockerfile)(?=$|[\s:="'`*),])/;

/** The answer, split. */
interface Split {
  readonly lines: readonly string[];
  readonly segments: Segmenter['segments'];
}

function split(answer: string, { thoughtOpen = false, complete = true }: FileEditsOptions): Split {
  const segmenter = new Segmenter('plaintext');
  const lines: string[] = [];
  const speech = new Speech(
    {
      get isInCode() {
        return segmenter.block !== undefined;
      },
      get hasBlock() {
        return segmenter.segments.some(({ kind }) => kind === 'block');
      },
      take(line) {
        if (line.includes('\r')) refuse(REASONS.malformed());
        lines.push(line);
        segmenter.take(line);
      },
      clear() {
        lines.length = 0;
        segmenter.clear();
      },
    },
    () => false,
    thoughtOpen,
  );
  speech.push(answer);
  speech.end();
  if (speech.isNoise) refuse(REASONS.malformed());
  if (speech.isThinking) refuse(REASONS.thought());
  if (!complete && !speech.hasEnded) refuse(REASONS.cut());
  return { lines, segments: segmenter.segments };
}

/** The files by their paths. */
class Files {
  readonly #files: readonly EditedFile[];

  constructor(files: readonly EditedFile[]) {
    this.#files = files;
  }

  /** The only file. */
  get only(): EditedFile | undefined {
    return this.#files.length === 1 ? this.#files[0] : undefined;
  }

  /** The file of a path, or of the only path that ends with it. */
  find(path: string): EditedFile | undefined {
    const wanted = cleanPath(path);
    const exact = this.#files.find((file) => file.path === wanted);
    if (exact !== undefined) return exact;
    const ending = this.#files.filter(
      (file) => file.path.endsWith(`/${wanted}`) || wanted.endsWith(`/${file.path}`),
    );
    return ending.length === 1 ? ending[0] : undefined;
  }

  /** The only file that has these lines. */
  having(lines: readonly string[]): EditedFile | undefined {
    const wanted = lines.filter(isTelling).map(keyOf);
    const having = this.#files.filter((file) => {
      const keys = new Set(file.lines.map(keyOf));
      return wanted.length > 0 && wanted.every((key) => keys.has(key));
    });
    return having.length === 1 ? having[0] : undefined;
  }
}

function cleanPath(path: string): string {
  return path.trim().replace(/\\/g, '/').replace(/^\.\//, '');
}

/** The path of a new file. @throws Refused if it leads out of the folder, or into Git's own. */
function newPath(path: string): string {
  const clean = cleanPath(path);
  const isSafe =
    PATH.test(clean) &&
    !clean.split('/').some((part) => ['..', '.', '', '.git'].includes(part.toLowerCase()));
  return isSafe ? clean : refuse(REASONS.path(clean));
}

/** The path that a line of text names. */
function namedPath(line: string, files: Files): string | undefined {
  const text = line.trim().slice(0, 300);
  const plain = text
    .replace(/^[#*`\s]+|[*`:\s]+$/g, '')
    .replace(/^(?:file(?:name)?|path)\s*:\s*/i, '')
    .replace(/^`|`$/g, '');
  if (files.find(plain) !== undefined) return plain;
  return NAMED.exec(text)?.[1];
}

/** Changes of files, gathered from an answer. */
class Changes {
  readonly #files: Files;
  readonly #hunks = new Map<EditedFile, Hunk[]>();
  readonly edits: FileEdit[] = [];

  constructor(files: Files) {
    this.#files = files;
  }

  /** Adds a change of the file with a path, or of the only one that has its old lines. */
  add(path: string | undefined, hunk: Hunk): void {
    const old = hunk.flatMap(({ op, text }) => (op === '+' ? [] : [text]));
    const file =
      (path === undefined ? undefined : this.#files.find(path)) ??
      this.#files.only ??
      this.#files.having(old);
    if (file === undefined) refuse(path === undefined ? REASONS.noPath() : REASONS.path(path));
    if (path !== undefined && this.#files.find(path) === undefined && PATH.test(cleanPath(path)))
      refuse(REASONS.path(path));
    const hunks = this.#hunks.get(file);
    if (hunks === undefined) this.#hunks.set(file, [hunk]);
    else hunks.push(hunk);
  }

  /** Adds a file. */
  create(path: string, lines: readonly string[]): void {
    if (this.#files.find(path) !== undefined) refuse(REASONS.malformed());
    this.#set({ path: newPath(path), isNew: true, lines });
  }

  /** Replaces all lines of a file. */
  replace(file: EditedFile, lines: readonly string[]): void {
    this.#set({ path: file.path, isNew: false, lines });
  }

  #set(edit: FileEdit): void {
    if (this.edits.some(({ path }) => path === edit.path)) refuse(REASONS.overlap());
    this.edits.push(edit);
  }

  /** Makes all changes. */
  done(): FileEditsResult {
    for (const [file, hunks] of this.#hunks) {
      const { lines, languageId = 'plaintext', indentation = '    ' } = file;
      const target = { lines, language: languageOf(languageId), indentation };
      const window = new Window(lines, contextOf(file, {}));
      checkCharacters(hunks, window);
      const changed = spliced(lines, applyHunks(hunks, target));
      checkStandIns(changed, window);
      this.replace(file, changed);
    }
    const changed = this.edits.filter(({ path, isNew, lines }) => {
      const before = this.#files.find(path)?.lines ?? [];
      return isNew || lines.length !== before.length || lines.some((line, index) => line !== before[index]);
    });
    return changed.length === 0 ? { kind: 'unchanged' } : { kind: 'edits', edits: changed, notes: [] };
  }
}

function readSearch({ lines }: Split, files: Files): FileEditsResult {
  const changes = new Changes(files);
  let path: string | undefined;
  let start = 0;
  const outside = new Segmenter('plaintext');
  for (const [index, line] of lines.entries()) {
    if (index >= start && !isSearchMark(line)) outside.take(line);
    if (!isSearchMark(line)) continue;
    path =
      lines
        .slice(Math.max(start, index - 4), index)
        .filter((one) => !isBlank(one))
        .map((one) => namedPath(one.replace(/^\s*(?:`{3,}|~{3,})\s*[\w+#-]*[:\s]*/, ''), files))
        .findLast((named) => named !== undefined) ?? path;
    let end = index + 1;
    while (end < lines.length && !/^\s*(?:>{5,9}|\+{5,9})/.test(lines[end] ?? '')) end++;
    const [block] = parseSearchBlocks(lines.slice(index, end + 1));
    if (block === undefined) return refuse(REASONS.malformed());
    start = end + 1;
    const isCreated = block.old.every(isBlank);
    if (isCreated && path !== undefined && files.find(path) === undefined) changes.create(path, block.lines);
    else if (isCreated) refuse(REASONS.unclear());
    else changes.add(path, replacement(block.old, block.lines));
  }
  checkOthers(outside.segments, files);
  return changes.done();
}

/** Refuses an answer that has changes in two forms, of which one would be lost: blocks that name a file. */
function checkOthers(segments: Segmenter['segments'], files: Files): void {
  for (const [index, segment] of segments.entries()) {
    if (segment.kind !== 'block' || segment.lines.every(isBlank) || hasDiffHeaders(segment.lines)) continue;
    if (pathOfBlock(segment, proseOf(segments[index - 1]), files) !== undefined) refuse(REASONS.malformed());
  }
}

function readDiff({ segments, lines }: Split, files: Files, all: readonly EditedFile[]): FileEditsResult {
  const changes = new Changes(files);
  const blocks = segments.flatMap((segment) =>
    segment.kind === 'block' && hasDiffHeaders(segment.lines) ? [segment.lines] : [],
  );
  if (blocks.length > 0) checkOthers(segments, files);
  const known = new Set(all.flatMap((file) => file.lines));
  for (const source of blocks.length > 0 ? blocks : [lines]) {
    for (const file of parseDiff(source, (line) => known.has(line))) {
      const { path, isNew, isDeleted, hunks } = file;
      if (isDeleted) refuse(REASONS.deleted(path ?? ''));
      if (isNew && path !== undefined) {
        changes.create(
          path,
          hunks.flatMap((hunk) => hunk.flatMap(({ op, text }) => (op === '+' ? [text] : []))),
        );
      } else for (const hunk of hunks) changes.add(path, hunk);
    }
  }
  return changes.done();
}

/** The path of a block: in its info string, or in the text before it. */
function pathOfBlock(block: Block, before: readonly string[], files: Files): string | undefined {
  const info = block.opening.info
    .replace(/^[\w+#-]+[:\s]+(?=\S)/, '')
    .replace(/^(?:title|file(?:name)?|path)=/, '');
  return (
    namedPath(info, files) ??
    namedPath(block.opening.info, files) ??
    namedPath(before.findLast((line) => !isBlank(line)) ?? '', files)
  );
}

function readBlocks({ segments }: Split, files: Files, options: FileEditsOptions): FileEditsResult {
  const changes = new Changes(files);
  for (const [index, segment] of segments.entries()) {
    if (segment.kind !== 'block') continue;
    const before = segments[index - 1];
    const path = pathOfBlock(segment, before?.kind === 'prose' ? before.lines : [], files);
    const isAside =
      segment.named !== undefined && (isForTerminal(segment.named) || isForOutput(segment.named));
    if (path === undefined) {
      if (isAside) continue;
      return refuse(REASONS.noPath());
    }
    if (!segment.isClosed || segment.inner.length > 0) return refuse(REASONS.fences());
    const file = files.find(path);
    if (file === undefined) changes.create(path, segment.lines);
    else changes.replace(file, wholeFile(segment, file, options));
  }
  return changes.edits.length === 0 ? refuse(REASONS.noPath()) : changes.done();
}

/** The lines of a file that a block has as a whole. @throws Refused if it has only a part. */
function wholeFile(
  { lines, isClosed }: Block,
  file: EditedFile,
  options: FileEditsOptions,
): readonly string[] {
  const result = codeOf({ lines, isClosed }, file, options);
  if (result.kind === 'refused') throw new Refused(result.reason);
  if (result.kind === 'unchanged') return file.lines;
  const telling = file.lines.filter(isTelling);
  const keys = new Set(result.lines.map(keyOf));
  const kept = telling.filter((line) => keys.has(keyOf(line))).length;
  const first = telling[0];
  const isWhole =
    kept * 2 >= telling.length && (first === undefined || telling.length < 4 || keys.has(keyOf(first)));
  return isWhole ? result.lines : refuse(REASONS.snippet(file.path));
}

/** Reads the lines of a file; one of which lines are missing is a part. */
function codeOf(code: Code, file: EditedFile, options: FileEditsOptions): EditResult {
  try {
    return ofCode(code, new Window(file.lines, contextOf(file, options)));
  } catch (error) {
    if (error instanceof Refused && error.reason === REASONS.lost()) refuse(REASONS.snippet(file.path));
    throw error;
  }
}

function contextOf(
  file: EditedFile,
  { thoughtOpen = false, instruction = '' }: FileEditsOptions,
): EditContext {
  const { languageId = 'plaintext', indentation = '    ' } = file;
  return { languageId, indentation, before: [], after: [], complete: true, thoughtOpen, instruction };
}

/**
 * Reads an answer that changes files.
 * @param files those that the model saw; others can only be new ones, below the same folder.
 */
export function readFileEdits(
  answer: string,
  files: readonly EditedFile[],
  options: FileEditsOptions = {},
): FileEditsResult {
  try {
    const parts = split(answer, options);
    if (parts.lines.every(isBlank)) refuse(REASONS.empty());
    const known = new Files(files);
    if (hasSearchBlocks(parts.lines)) return readSearch(parts, known);
    if (hasDiffHeaders(parts.lines)) return readDiff(parts, known, files);
    const blocks = parts.segments.filter((segment) => segment.kind === 'block');
    const hasPaths = parts.segments.some(
      (segment, index) =>
        segment.kind === 'block' &&
        pathOfBlock(segment, proseOf(parts.segments[index - 1]), known) !== undefined,
    );
    if (blocks.length > 0 && (hasPaths || known.only === undefined)) return readBlocks(parts, known, options);
    return readOnly(answer, known, options);
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', reason: error.reason };
    throw error;
  }
}

function proseOf(segment: Split['segments'][number] | undefined): readonly string[] {
  return segment?.kind === 'prose' ? segment.lines : [];
}

/** Reads an answer for a single file, all of whose lines may change. */
function readOnly(answer: string, { only }: Files, options: FileEditsOptions): FileEditsResult {
  if (only === undefined) return refuse(REASONS.noPath());
  const result = readEdit(answer, only.lines, contextOf(only, options));
  if (result.kind === 'refused' && result.reason === REASONS.lost()) refuse(REASONS.snippet(only.path));
  if (result.kind !== 'lines') return result;
  const telling = only.lines.filter(isTelling);
  const keys = new Set(result.lines.map(keyOf));
  if (telling.filter((line) => keys.has(keyOf(line))).length * 2 < telling.length)
    return refuse(REASONS.snippet(only.path));
  return {
    kind: 'edits',
    edits: [{ path: only.path, isNew: false, lines: result.lines }],
    notes: result.notes,
  };
}
