/**
 * Models that are split over several GGUF files. llama.cpp finds the other ones by the first one's name:
 *   name ::= prefix "-" digits{5} "-of-" digits{5} ".gguf"    (llama.cpp, llama_split_path)
 * numbered from 00001. Docker's model-spec v0.1 has no names: there the manifest's order is the order.
 */
import { baseName, nameKey } from './fileName.ts';
import type { Layer } from './layer.ts';
import { unsupported } from './unsupported.ts';

const SHARD = /^(.+)-([0-9]{5})-of-([0-9]{5})\.gguf$/i;

/** A layer with the name that it gets on disk. */
export interface NamedLayer {
  readonly layer: Layer;
  readonly name: string;
}

interface Shard extends NamedLayer {
  readonly prefix: string;
  /** From 1. */
  readonly number: number;
  readonly count: number;
}

function pad(value: number): string {
  return String(value).padStart(5, '0');
}

function shardOf(layer: Layer): Shard | undefined {
  const match = SHARD.exec(layer.name ?? '');
  const [, prefix, number, count] = match ?? [];
  if (layer.name === undefined || prefix === undefined) return undefined;
  return { layer, name: layer.name, prefix, number: Number(number), count: Number(count) };
}

/** The shards in their order, when the names are those of exactly one whole model. */
function wholeModel(shards: readonly Shard[]): NamedLayer[] | undefined {
  const ordered = [...shards].sort((a, b) => a.number - b.number);
  const [first] = ordered;
  const whole = ordered.every(
    (shard, index) =>
      shard.number === index + 1 && shard.count === shards.length && shard.prefix === first?.prefix,
  );
  return whole ? ordered : undefined;
}

function missingShards(shards: readonly Shard[], total: number): Error {
  const count = shards[0]?.count ?? 0;
  const one = shards.every((shard) => shard.prefix === shards[0]?.prefix && shard.count === count);
  if (one && shards.length === total && total < count) {
    return unsupported(
      `has only ${total} of the ${count} parts of its model`,
      'Ask its publisher for the whole model',
    );
  }
  return severalModels(shards.map((shard) => shard.name));
}

function severalModels(names: readonly (string | undefined)[]): Error {
  const shown = names.slice(0, 3).map((name) => baseName(name ?? 'a file without a name'));
  const more = names.length > 3 ? ' and more' : '';
  return unsupported(
    `has ${names.length} models in it (${shown.join(', ')}${more}), and nothing says which one to run`,
    'Choose a tag or a repository that has one model',
  );
}

/**
 * Names and orders the weights.
 * @param inManifestOrder whether several files without shard names are the shards of one model in the
 * manifest's order (Docker's model-spec v0.1).
 * @throws ModelError `unsupported-artifact` where they are not one whole model.
 */
export function nameWeights(layers: readonly Layer[], inManifestOrder: boolean): NamedLayer[] {
  const shards = layers.map(shardOf).filter((shard) => shard !== undefined);
  const [first] = layers;
  if (first !== undefined && layers.length === 1 && shards.length === 0) {
    return [{ layer: first, name: singleName(first.name) }];
  }
  if (shards.length === layers.length) {
    const whole = wholeModel(shards);
    if (whole !== undefined) return whole;
    throw missingShards(shards, layers.length);
  }
  if (!inManifestOrder) throw severalModels(layers.map((layer) => layer.name));
  const count = pad(layers.length);
  return layers.map((layer, index) => ({ layer, name: `model-${pad(index + 1)}-of-${count}.gguf` }));
}

function singleName(name: string | undefined): string {
  return name !== undefined && nameKey(name).endsWith('.gguf') ? name : 'model.gguf';
}
