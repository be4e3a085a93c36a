/**
 * How the store grows: `node bench/store.ts [--json] [--runs N]`.
 *
 * Stores of 500, 1,000 and 2,000 references with two and a half blobs each, in a temporary folder. Times are
 * milliseconds, medians of the runs (five where not said); the runs of the sizes take turns, so that a busy
 * moment of the machine is in all of them. `blocked` is the longest time that the event loop was held up while
 * a store was opened and all of it listed.
 */
import { lstat, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { inBatches } from '../src/base/batches.ts';
import { listModels } from '../src/library/index.ts';
import { type Descriptor, MediaType } from '../src/oci/spec/descriptor.ts';
import { digestOf } from '../src/oci/spec/digest.ts';
import { parseReference } from '../src/oci/spec/reference.ts';
import { recordBlob } from '../src/store/content/records.ts';
import { Layout } from '../src/store/disk/layout.ts';
import { type CommittedModel, ModelStore } from '../src/store/index.ts';
import { linkModel } from '../src/store/models/models.ts';

const SIZES = [0, 500, 1000, 2000] as const;
const MEASURES = [
  'open',
  'list',
  'openFirst',
  'models',
  'modelsCold',
  'commit',
  'delete',
  'collect',
  'collectHalf',
  'blocked',
] as const;

type Measure = (typeof MEASURES)[number];
type Row = { readonly references: number } & { readonly [measure in Measure]: number };

const HEADINGS: Readonly<Record<Measure, string>> = {
  open: 'open',
  list: 'list',
  openFirst: 'open+list, no cache',
  models: 'models',
  modelsCold: 'models, no cache',
  commit: 'commit',
  delete: 'delete',
  collect: 'collect nothing',
  collectHalf: 'collect half',
  blocked: 'blocked',
};

interface BenchModel {
  readonly commit: CommittedModel;
  readonly blobs: readonly (readonly [Descriptor, Buffer])[];
}

function descriptorOf(bytes: Buffer, mediaType: string): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

/** A GGUF of a header alone (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
function tinyGguf(name: string): Buffer {
  const text = (value: string): Buffer => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(value)));
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const entry = (key: string, value: string): Buffer =>
    Buffer.concat([text(key), Buffer.from([8, 0, 0, 0]), text(value)]);
  const counts = Buffer.alloc(20);
  counts.writeUInt32LE(3);
  counts.writeBigUInt64LE(2n, 12);
  return Buffer.concat([
    Buffer.from('GGUF'),
    counts,
    entry('general.architecture', 'llama'),
    entry('general.name', name),
  ]);
}

/** Model `index`: its own manifest and weights, and a config that it shares with another one. */
function benchModel(index: number): BenchModel {
  const config = Buffer.from(JSON.stringify({ config: { format: 'gguf', size: `${index >> 1}` } }));
  const configDescriptor = descriptorOf(config, 'application/vnd.docker.ai.model.config.v0.1+json');
  const layer = tinyGguf(`model ${index}`);
  const layerDescriptor = descriptorOf(layer, 'application/vnd.docker.ai.gguf.v3');
  const manifestBytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.imageManifest,
      config: configDescriptor,
      layers: [layerDescriptor],
    }),
  );
  return {
    commit: {
      reference: parseReference(`registry.example.com/team/model-${index}:q4`),
      manifest: descriptorOf(manifestBytes, MediaType.imageManifest),
      manifestBytes,
      files: [{ name: 'model.gguf', digest: layerDescriptor.digest }],
    },
    blobs: [
      [configDescriptor, config],
      [layerDescriptor, layer],
    ],
  };
}

/** Writes what commits would have left, without their fsyncs, which would take minutes. */
async function fill(root: string, count: number): Promise<void> {
  const layout = new Layout(root);
  (await ModelStore.open(root)).dispose();
  await mkdir(dirname(layout.blob(digestOf(Buffer.alloc(0)))), { recursive: true });
  const indexes = Array.from({ length: count }, (_, index) => index);
  await inBatches(indexes, 32, async (index) => {
    const { commit, blobs } = benchModel(index);
    const { reference, manifest, manifestBytes, files } = commit;
    for (const [{ digest }, bytes] of blobs) await writeContent(layout, digest, bytes);
    await writeContent(layout, manifest.digest, manifestBytes);
    await linkModel(layout, reference, files);
    const content = [manifest, ...blobs.map(([descriptor]) => descriptor)].map(({ digest, size }) => ({
      digest,
      size,
    }));
    const stored = { reference, manifest, files, content, pulledAt: new Date().toISOString() };
    await writeFile(layout.ref(reference), JSON.stringify(stored, null, 2));
  });
}

/** A blob and the record that this store made it. */
async function writeContent(layout: Layout, digest: string, bytes: Uint8Array): Promise<void> {
  await writeFile(layout.blob(digest), bytes);
  await recordBlob(layout, digest, await lstat(layout.blob(digest), { bigint: true }));
}

/** Makes half as much garbage as there are models. */
async function litter(store: ModelStore, count: number): Promise<void> {
  const layout = new Layout(store.root);
  const indexes = Array.from({ length: count / 2 }, (_, index) => index);
  await inBatches(indexes, 32, async (index) => {
    const bytes = Buffer.from(`garbage ${index}`);
    await writeContent(layout, digestOf(bytes), bytes);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Measures one store once. */
async function measure(root: string, count: number): Promise<Record<Measure, number>> {
  const cache = join(root, 'cache');
  await rm(cache, { recursive: true, force: true });
  let store = await ModelStore.open(root);
  store.dispose();
  await rm(cache, { recursive: true, force: true });
  const openFirst = await timed(async () => {
    store = await ModelStore.open(root);
    await store.references();
  });
  const modelsCold = await timed(() => listModels(store));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const open = await timed(async () => {
    store = await ModelStore.open(root);
  });
  const list = await timed(() => store.references());
  const models = await timed(() => listModels(store));
  delay.disable();
  const added = benchModel(1_000_000);
  for (const [descriptor, bytes] of added.blobs) await store.writeBlob(descriptor, bytes);
  const commit = await timed(() => store.commitModel(added.commit));
  const remove = await timed(() => store.deleteReference(added.commit.reference));
  const tomorrow = Date.now() + 48 * 60 * 60 * 1000;
  const collect = await timed(() => store.collectGarbage({ now: tomorrow }));
  await litter(store, count);
  const collectHalf = await timed(() => store.collectGarbage({ now: tomorrow }));
  return {
    open,
    list,
    openFirst,
    models,
    modelsCold,
    commit,
    delete: remove,
    collect,
    collectHalf,
    // The histogram counts its own interval too.
    blocked: Math.max(0, delay.max / 1e6 - 1),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function run(runs: number): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-bench-'));
  try {
    for (const size of SIZES) await fill(join(folder, `${size}`), size);
    const samples = new Map<number, Record<Measure, number>[]>(SIZES.map((size) => [size, []]));
    for (let round = 0; round < runs; round++) {
      for (const size of SIZES) samples.get(size)?.push(await measure(join(folder, `${size}`), size));
    }
    return SIZES.map((references) => {
      const of = samples.get(references) ?? [];
      const medians = MEASURES.map((name) => [
        name,
        Number(median(of.map((sample) => sample[name])).toFixed(1)),
      ]);
      return { references, ...(Object.fromEntries(medians) as Record<Measure, number>) };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function table(rows: readonly Row[]): string {
  const lines = [
    ['references', ...MEASURES.map((name) => HEADINGS[name])],
    ...rows.map((row) => [`${row.references}`, ...MEASURES.map((name) => `${row[name]}`)]),
  ];
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) => line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
    .join('\n');
}

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, runs: { type: 'string', default: '5' } },
});
const rows = await run(Math.max(5, Number(values.runs) || 5));
console.log(values.json ? JSON.stringify({ unit: 'ms', rows }, null, 2) : table(rows));
