/** Files in many languages, and edits of them: the material of recorded forms, and the tasks for real models. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const lines = z.array(z.string().refine((line) => !/[\r\n]/.test(line), 'is several lines')).readonly();

const edit = z.object({
  instruction: z.string().min(1),
  /** The first line to change, counted from 0. */
  start: z.int().min(0),
  /** Lines to change; 0 for an insertion before `start`. */
  count: z.int().min(0),
  /** The lines that are expected in their place. */
  lines,
});

const file = z.object({
  languageId: z.string().min(1),
  /** The word of info strings. */
  info: z.string(),
  path: z.string().min(1),
  /** One level of indentation. */
  indentation: z.string().min(1),
  lines,
  edits: z.array(edit).readonly(),
});

/** An edit of a file. */
export type SourceEdit = Readonly<z.infer<typeof edit>>;
/** A file with its edits. */
export type SourceFile = Readonly<z.infer<typeof file>>;

/** The folder of the bench's own files. */
export const TASKS = fileURLToPath(new URL('tasks', import.meta.url));

/**
 * Reads the files of a folder, one JSON each.
 * @throws Error if one has another shape, or an edit that lies outside of its lines.
 */
export function readSources(folder: string): readonly SourceFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => {
    const read = file.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
    for (const { start, count, instruction } of read.edits) {
      if (start + count > read.lines.length)
        throw new Error(`${name}: “${instruction}” lies outside of the file.`);
    }
    return read;
  });
}

/** The bench's own files. */
export const SOURCES: readonly SourceFile[] = readSources(TASKS);
