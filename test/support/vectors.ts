/** Vectors taken from upstream projects: test/vectors/*.json. */
import { readFileSync } from 'node:fs';

/** One input with what is expected of it; the other fields depend on the file. */
export interface VectorCase {
  readonly id: string;
  readonly name?: string;
  readonly [field: string]: unknown;
}

/** The cases of `test/vectors/<name>.json`; never none. */
export function readVectors<Case extends VectorCase>(name: string): readonly Case[] {
  const text = readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8');
  const { cases } = JSON.parse(text) as { cases: Case[] };
  if (cases.length === 0) throw new Error(`test/vectors/${name}.json has no cases.`);
  return cases;
}
