/** Reads models of tools that keep GGUF files under their own names: Hugging Face's cache, llama.cpp, LM Studio. */
import { safeFileName } from '../artifact/index.ts';
import { isModelError, throwIfCancelled } from '../base/error.ts';
import { parseShardName } from '../base/shardName.ts';
import { readGgufSummary } from '../gguf/index.ts';
import type { Reference } from '../oci/index.ts';
import { quantizationOf } from './importedNames.ts';
import type { FoundFile, ScanOptions } from './scan.ts';
import type { PlainFile, PlainModel } from './tool.ts';

/** Files that may form one model; their contents have not been read yet. */
export interface FileGroup {
  /** Name of the first file. */
  readonly fileName: string;
  readonly files: readonly FoundFile[];
}

/** Returns true if a file may have weights. Image projectors are excluded, because nothing here uses them. */
export function isGgufName(name: string): boolean {
  return /\.gguf$/i.test(name) && !/mmproj/i.test(name.slice(name.lastIndexOf('/') + 1));
}

/** Groups the parts of each model. Groups with missing parts are logged and skipped. */
export function groupShards(files: readonly FoundFile[], { log }: ScanOptions): FileGroup[] {
  const groups = new Map<string, FoundFile[]>();
  for (const file of files) {
    const shard = parseShardName(file.name);
    const key = shard === undefined ? file.name : `${shard.prefix} of ${shard.count}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const whole: FileGroup[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const count = parseShardName(first.name)?.count ?? 1;
    // The names are sorted and differ only in the number.
    const numbers = group.map((file) => parseShardName(file.name)?.number ?? 1);
    if (group.length === count && numbers.every((number, index) => number === index + 1)) {
      whole.push({ fileName: baseName(first.name), files: group });
    } else {
      log.info(`${first.path} cannot be imported: ${group.length} of its ${count} parts are there.`);
    }
  }
  return whole;
}

/** Chooses a tag for each group: its quantization, or all of its name if the quantization is missing or ambiguous. */
export function tagsOf(groups: readonly FileGroup[], whole: (group: FileGroup) => string): string[] {
  const tags = groups.map((group) => quantizationOf(group.fileName));
  return tags.map((tag, index) =>
    tag === undefined || tags.indexOf(tag) !== tags.lastIndexOf(tag)
      ? whole(groups[index] as FileGroup)
      : tag,
  );
}

/**
 * Reads the header of a group's files.
 * @param digestOf returns the digest that the tool states for a file.
 * @returns undefined if they are not a complete GGUF, which is logged.
 * @throws ModelError `cancelled`.
 */
export async function readPlain(
  { fileName, files }: FileGroup,
  { name, reference }: { readonly name: string; readonly reference: Reference },
  options: ScanOptions,
  digestOf: (file: FoundFile) => Promise<string | undefined> = async () => undefined,
): Promise<PlainModel | undefined> {
  const [first] = files;
  throwIfCancelled(options.signal);
  try {
    if (first === undefined) return undefined;
    safeFileName(fileName);
    const summary = await readGgufSummary(first.path);
    if ((summary.splitCount ?? 1) !== files.length) {
      throw new Error(`it is one of ${summary.splitCount} parts, whose names do not say so.`);
    }
    const plainFiles: PlainFile[] = [];
    for (const file of files) {
      const { path, sizeBytes } = file;
      plainFiles.push({ name: baseName(file.name), path, sizeBytes, digest: await digestOf(file) });
    }
    return { kind: 'plain', name, reference, files: plainFiles, summary };
  } catch (error) {
    if (isModelError(error, 'cancelled')) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    options.log.info(`${first?.path ?? fileName} cannot be imported: ${reason}`);
    return undefined;
  }
}

function baseName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
