/**
 * Names and orders models that are split over several files, whose names tell how they belong together
 * (base/shardName.ts). Docker's model-spec v0.1 has no names, so the manifest's order counts there.
 */
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { formatShardName, parseShardName, type ShardName } from '../../base/shardName.ts';
import { unsupported } from '../unsupported.ts';
import { baseName, nameKey } from './fileName.ts';
import { shownNames } from './shownNames.ts';

/** An item that needs a name. */
export interface Nameable {
  /** The publisher's name, if there is one. */
  readonly name: string | undefined;
  readonly digest?: string | undefined;
}

/** An item with its name on disk. */
export interface Named<T> {
  readonly item: T;
  readonly name: string;
}

interface Shard<T> extends Named<T>, ShardName {}

function shardOf<T extends Nameable>(item: T): Shard<T> | undefined {
  const { name = '' } = item;
  const parts = parseShardName(name);
  return parts === undefined ? undefined : { item, name, ...parts };
}

/** Returns the shards in order if their names are those of exactly one whole model. */
function wholeModel<T>(shards: readonly Shard<T>[]): Named<T>[] | undefined {
  const ordered = [...shards].sort((a, b) => a.number - b.number);
  const [first] = ordered;
  const whole = ordered.every(
    (shard, index) =>
      shard.number === index + 1 && shard.count === shards.length && shard.prefix === first?.prefix,
  );
  return whole ? ordered : undefined;
}

/** Returns an error if shards of one model are missing, or undefined if the names are those of several models. */
function missingShards<T>(shards: readonly Shard<T>[]): Error | undefined {
  const [first] = shards;
  const count = first?.count ?? 0;
  const one = shards.every((shard) => shard.prefix === first?.prefix && shard.count === count);
  if (!one || shards.length >= count) return undefined;
  return unsupported(
    t(
      'This artifact has only {0} of the {1} parts of its model. Ask its publisher for the whole model.',
      shards.length,
      count,
    ),
  );
}

/** The error of several models when nothing says which one to run. */
export class SeveralModelsError extends ModelError {
  /** Files whose headers may decide: all but the second and later shards. */
  readonly digests: readonly string[];

  constructor(message: Localized, digests: readonly string[]) {
    super('unsupported-artifact', message);
    this.digests = digests;
  }
}

function severalModels(items: readonly Nameable[]): Error {
  const names = items.map(({ name }) => baseName(name ?? t('a file without a name')));
  const message = t(
    'This artifact has {0} models in it ({1}), and nothing says which one to run. Choose a tag or a repository that has one model.',
    names.length,
    shownNames(names),
  );
  const digests = items.flatMap(({ name = '', digest }) =>
    digest === undefined || (parseShardName(name)?.number ?? 1) > 1 ? [] : [digest],
  );
  return new SeveralModelsError(message, [...new Set(digests)]);
}

/**
 * Names and orders the GGUF files of one model.
 * @param inManifestOrder true if several files without shard names are the shards of one model, in the manifest's order
 * (Docker's model-spec v0.1).
 * @throws ModelError `unsupported-artifact` if they are not one whole model.
 */
export function nameGgufs<T extends Nameable>(items: readonly T[], inManifestOrder: boolean): Named<T>[] {
  const shards = items.map((item) => shardOf(item)).filter((shard) => shard !== undefined);
  const [first] = items;
  if (first !== undefined && items.length === 1 && shards.length === 0) {
    return [{ item: first, name: withExtension(first.name, '.gguf') }];
  }
  if (shards.length === items.length) {
    const whole = wholeModel(shards);
    if (whole !== undefined) return whole;
    throw missingShards(shards) ?? severalModels(items);
  }
  if (!inManifestOrder) throw severalModels(items);
  return numbered(items, '.gguf');
}

/**
 * Names and orders weights that a server loads from a folder. Their names stay, because an index lists them.
 * @param extension of the format, with its dot; for a single file without a name.
 * @throws ModelError `unsupported-artifact` if shards are missing.
 */
export function nameFolderWeights<T extends Nameable>(items: readonly T[], extension: string): Named<T>[] {
  if (items.length > 1 && items.every(({ name }) => name === undefined)) return numbered(items, extension);
  const shards = items.map((item) => shardOf(item)).filter((shard) => shard !== undefined);
  if (shards.length === items.length) {
    const whole = wholeModel(shards);
    if (whole !== undefined) return whole;
    const missing = missingShards(shards);
    if (missing !== undefined) throw missing;
  }
  return items.map((item, index) => ({
    item,
    name: item.name ?? (index === 0 ? `model${extension}` : `model-${index + 1}${extension}`),
  }));
}

function numbered<T>(items: readonly T[], extension: string): Named<T>[] {
  const count = items.length;
  return items.map((item, index) => ({
    item,
    name: formatShardName({ prefix: 'model', number: index + 1, count, extension }),
  }));
}

function withExtension(name: string | undefined, extension: string): string {
  return name !== undefined && nameKey(name).endsWith(extension) ? name : `model${extension}`;
}
