import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { z } from 'zod';
import { defaultsSchema } from '../../../src/artifact/index.ts';
import { translationsId, useTranslations } from '../../../src/base/l10n.ts';
import { summarySchema } from '../../../src/gguf/index.ts';
import { FACTS, FactsCache, type ModelFacts } from '../../../src/library/facts.ts';
import { ModelStore } from '../../../src/store/index.ts';

/** A value that a schema takes, with everything in it that is optional. @throws Error for a schema of another kind. */
function sample(schema: z.core.$ZodType): unknown {
  if (schema instanceof z.ZodExactOptional || schema instanceof z.ZodReadonly) return sample(schema.unwrap());
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape as Record<string, z.core.$ZodType>);
    return Object.fromEntries(fields.map(([key, field]) => [key, sample(field)]));
  }
  if (schema instanceof z.ZodArray) return [sample(schema.element)];
  if (schema instanceof z.ZodRecord) return { Q4_K: sample(schema.valueType) };
  if (schema instanceof z.ZodEnum) return schema.options[0];
  if (schema instanceof z.ZodNumber) return 1;
  if (schema instanceof z.ZodString) return 'text';
  if (schema instanceof z.ZodBoolean) return true;
  throw new Error(`There is no sample of a ${schema._zod.def.type}.`);
}

/** The paths of all fields: `summary.cache.stateBytes`. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, field]) => fieldsOf(field, `${path}.${key}`));
}

async function openStore(t: TestContext): Promise<ModelStore> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-facts-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return ModelStore.open(folder);
}

/** Reads `facts` from the cache as the next start does. */
async function afterStart(store: ModelStore, facts: ModelFacts): Promise<ModelFacts | undefined> {
  const cache = new FactsCache(store);
  await cache.read(facts.manifestDigest, async () => facts);
  await cache.save(new Set([facts.manifestDigest]));
  return new FactsCache(await ModelStore.open(store.root)).get(facts.manifestDigest);
}

describe('the facts of a model', () => {
  const any = sample(FACTS.schema) as Required<ModelFacts>;
  const full = { ...any, published: { ...any.published, language: translationsId() } };

  test('have every field of a header but the template, and every wish of a publisher', () => {
    const fields = Object.keys(summarySchema.shape).filter((field) => field !== 'chatTemplate');
    assert.deepEqual(Object.keys(full.summary).sort(), fields.sort());
    assert.deepEqual(
      Object.keys(full.published.defaults ?? {}).sort(),
      Object.keys(defaultsSchema.shape).sort(),
    );
  });

  test('are the same after the next start, with all that is optional', async (t) => {
    assert.deepEqual(await afterStart(await openStore(t), full), full);
  });

  test('are the same after the next start without any one field that is optional', async (t) => {
    const store = await openStore(t);
    for (const field of Object.keys(full.summary) as (keyof typeof full.summary)[]) {
      const { [field]: _, ...summary } = full.summary;
      const facts = { ...full, manifestDigest: `without ${field}`, summary };
      if (!FACTS.schema.safeParse(facts).success) continue;
      assert.deepEqual(await afterStart(store, facts as ModelFacts), facts);
    }
  });

  test('with a reason in another language are read again', async (t) => {
    t.after(() => useTranslations(undefined));
    const store = await openStore(t);
    assert.ok(await afterStart(store, full));
    useTranslations({ Text: 'Wort' });
    assert.equal(await new FactsCache(store).get(full.manifestDigest), undefined);
    const { reason: _, ...published } = full.published;
    assert.ok(await afterStart(store, { ...full, published }), 'other facts have no language');
  });

  test('have another version if they have other fields, which older versions did not keep', () => {
    const hash = createHash('sha256').update(fieldsOf(full).sort().join('\n')).digest('hex').slice(0, 12);
    const message = 'Raise the version in library/facts.ts, and write it here with the new hash.';
    assert.deepEqual({ version: FACTS.version, hash }, { version: 9, hash: 'd122862cd1a8' }, message);
  });
});
