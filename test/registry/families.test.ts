/**
 * Artifacts of every family, recorded from the families' own tools (test/fixtures/artifacts): pushed to a real
 * registry, pulled by us, looked at file by file, and run where they are GGUF. The table at the end is what counts.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { weightsOf } from '../../src/artifact/index.ts';
import { silentLog } from '../../src/base/log.ts';
import { ProcessEngine } from '../../src/engine/index.ts';
import { findModel } from '../../src/library/index.ts';
import { parseReference, type Reference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { type PullResult, pullModel } from '../../src/transfer/index.ts';
import { HOST_PATH, LOAD } from '../engine/support.ts';
import { PACKAGED_REPLY, writeInputs } from '../interop/packagers.ts';
import { ARTIFACT_FIXTURES, type ArtifactFixture, fixtureFolder } from '../support/artifactFixtures.ts';
import { chat, file } from '../support/chat.ts';
import { type DockerRegistry, hasDockerRegistry, startDockerRegistry } from '../support/dockerRegistry.ts';
import { pushLayout } from '../support/layoutRecorder.ts';

/** What is shown of one artifact. */
interface Row {
  recognised: string;
  pulled: string;
  files: string;
  runs: string;
}

const COLUMNS = ['recognised', 'pulled', 'files', 'runs'] as const;
const TITLES = {
  recognised: 'recognised',
  pulled: 'pulled',
  files: 'files right',
  runs: 'runs or reason shown',
};

/** What a person would type. Ollama and Hugging Face are asked through a mirror, which the test registry is. */
function referenceOf({ family, name }: ArtifactFixture, host: string): Reference {
  const path = `${family}/${name}:1`;
  if (family === 'ollama') return parseReference(`ollama://${path}`);
  if (family === 'huggingface') return parseReference(`hf.co/${path}`);
  return parseReference(`${host}/${path}`);
}

function printTable(rows: ReadonlyMap<string, Row>): void {
  const lines = [['artifact', ...COLUMNS.map((column) => TITLES[column])]];
  for (const [name, row] of rows) lines.push([name, ...COLUMNS.map((column) => row[column])]);
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) => line.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join('  '));
  process.stdout.write(`\n${text.map((line) => line.trimEnd()).join('\n')}\n\n`);
}

describe('every model artifact there is', {
  skip: hasDockerRegistry() ? false : 'docker-registry is not installed',
}, () => {
  let folder: string;
  let server: DockerRegistry;
  let store: ModelStore;
  let client: RegistryClient;
  const rows = new Map<string, Row>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-families-'));
    server = await startDockerRegistry();
    store = await ModelStore.open(join(folder, 'store'));
    const mirror = { address: `http://${server.host}` };
    const mirrored = new Set(['registry.ollama.ai', 'huggingface.co']);
    client = new RegistryClient({
      retryBaseMs: 20,
      platform: { os: 'linux', architecture: 'arm64' },
      mirrors: (registry) => (mirrored.has(registry) ? [mirror] : []),
    });
    await mkdir(join(folder, 'in'));
    await writeInputs(join(folder, 'in'));
  });
  after(async () => {
    printTable(rows);
    await client.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  for (const fixture of ARTIFACT_FIXTURES) {
    const name = `${fixture.family}/${fixture.name}`;
    test(name, async () => {
      const row: Row = { recognised: 'no', pulled: 'no', files: 'no', runs: 'no' };
      rows.set(name, row);
      await pushLayout(fixtureFolder(fixture), `${server.host}/${name}`, '1');
      const reference = referenceOf(fixture, server.host);
      const pulled = await pullModel(reference, { registry: client, store });
      assert.equal(pulled.artifact.family, fixture.family);
      assert.equal(pulled.artifact.format, fixture.format);
      row.recognised = 'yes';
      row.pulled = 'yes';
      await checkFiles(fixture, pulled);
      row.files = 'yes';
      row.runs = await runOrReason(pulled);
    });
  }

  test("what Ollama's publisher wants comes along", async () => {
    const model = await findModel(store, parseReference('ollama://ollama/modelfile:1'));
    assert.deepEqual(model?.defaults, {
      system: 'You are a toy.',
      sampling: { temperature: 0.2 },
      stop: ['<|im_start|>', '<|im_end|>'],
      contextTokens: 4096,
      messages: [
        { role: 'user', content: 'Who are you?' },
        { role: 'assistant', content: 'A toy.' },
      ],
    });
  });

  async function checkFiles(fixture: ArtifactFixture, { artifact, reference }: PullResult): Promise<void> {
    assert.deepEqual(
      artifact.files.map(({ role, path }) => `${role} ${path}`).sort(),
      fixture.files.map(([role, path]) => `${role} ${path}`).sort(),
    );
    assert.deepEqual(
      weightsOf(artifact).map(({ path }) => path),
      fixture.files.filter(([role]) => role === 'weights').map(([, path]) => path),
    );
    for (const [, path, input = path] of fixture.files) {
      const found = await readFile(store.modelFilePath(reference, path));
      if (input === '') continue;
      assert.ok(found.equals(await readFile(join(folder, 'in', input))), `${path} is ${input}`);
    }
  }

  async function runOrReason({ artifact, reference }: PullResult): Promise<string> {
    if (!artifact.runnable) {
      assert.ok(artifact.reason);
      return artifact.reason;
    }
    const [first] = weightsOf(artifact);
    assert.ok(first);
    const engine = new ProcessEngine({ hostPath: HOST_PATH, log: silentLog });
    try {
      await engine.load(file(store.modelFilePath(reference, first.path)), LOAD);
      const { text } = await chat(engine, [{ role: 'user', content: 'Hello' }], {});
      assert.equal(text, PACKAGED_REPLY);
      return 'yes';
    } finally {
      await engine.unload();
    }
  }
});
