/** Makes short names of models for rows, buttons and the status bar. */
import { hostOf } from '../oci/spec/hosts.ts';
import type { Reference } from '../oci/spec/reference.ts';
import type { LocalModel } from './library.ts';

/** A short name that may be the same for several. */
export interface ShortLabel {
  /** Such as `tinycode:latest`. */
  readonly label: string;
  /** The place that tells it from others with the same label, such as `Docker Hub`. Undefined if it is the only one. */
  readonly origin?: string;
}

type Labeled = Pick<LocalModel, 'id' | 'name' | 'tag' | 'reference'>;

/** Places that tell models with one label apart, the shortest first. The last one always does. */
const ORIGINS: readonly ((reference: Reference, id: string) => string)[] = [
  ({ registry }) => hostOf(registry)?.title ?? registry,
  ({ registry, repository }) => `${registry}/${repository.split('/').slice(0, -1).join('/')}`,
  (_, id) => id,
];

/** Returns the last part of a model's name, such as `tinycode` for `ghcr.io/org/tinycode`. */
export function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Labels each model by its id: with the last part of its name and the tag, such as `tinycode:latest`. */
export function modelLabels(models: readonly Labeled[]): Map<string, ShortLabel> {
  return labelsOf(models, ({ name, tag }) => `${lastPart(name)}:${tag}`);
}

/** Labels things by their ids. @param labelOf may give the same label to several of them. */
export function labelsOf<Item extends Pick<Labeled, 'id' | 'reference'>>(
  items: readonly Item[],
  labelOf: (item: Item) => string,
): Map<string, ShortLabel> {
  const byLabel = new Map<string, Item[]>();
  for (const item of items) {
    const label = labelOf(item);
    const same = byLabel.get(label);
    if (same === undefined) byLabel.set(label, [item]);
    else same.push(item);
  }
  return new Map([...byLabel].flatMap(([label, same]) => toldApart(label, same)));
}

function toldApart(
  label: string,
  same: readonly Pick<Labeled, 'id' | 'reference'>[],
): (readonly [id: string, label: ShortLabel])[] {
  if (same.length === 1) return same.map(({ id }) => [id, { label }]);
  const lists = ORIGINS.map((originOf) => same.map(({ reference, id }) => originOf(reference, id)));
  const origins = lists.find((list) => new Set(list).size === same.length) ?? same.map(({ id }) => id);
  return same.map(({ id }, index) => [id, { label, origin: origins[index] ?? id }]);
}
