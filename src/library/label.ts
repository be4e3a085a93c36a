/** Makes short names of models for rows, buttons and the status bar. */
import type { LocalModel } from './library.ts';

/** Returns `tinycode:latest` for `ghcr.io/org/tinycode:latest`. */
function shortLabel(model: LocalModel): string {
  return `${model.name.slice(model.name.lastIndexOf('/') + 1)}:${model.tag}`;
}

/**
 * Returns a name for each model, by its id: the last part of its name with the tag, such as `tinycode:latest`, or all
 * of its name if two models would get the same.
 */
export function modelLabels(models: readonly LocalModel[]): Map<string, string> {
  const counts = new Map<string, number>();
  for (const model of models) counts.set(shortLabel(model), (counts.get(shortLabel(model)) ?? 0) + 1);
  return new Map(
    models.map((model) => {
      const short = shortLabel(model);
      return [model.id, counts.get(short) === 1 ? short : `${model.name}:${model.tag}`];
    }),
  );
}
