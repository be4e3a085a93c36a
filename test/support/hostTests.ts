/** What the tests of test/extension need around them, whichever VS Code runs them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildExtensionTests } from '../../esbuild.ts';
import type { Count } from '../../scripts/support/nodeTests.ts';
import { DIST } from '../../scripts/support/paths.ts';
import { copySampleWorkspace } from '../../scripts/support/sample.ts';
import { startTestModels } from './testModels.ts';

/** One test's outcome, as test/extension/index.ts writes it. */
export interface HostTestResult {
  readonly title: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly message?: string;
  /** A line that the test wants to be seen, such as a measured time. */
  readonly note?: string;
}

type Print = (line: string) => void;

/** A prepared run. */
export interface HostTestStage {
  readonly workspace: string;
  /** The module that exports `run()`. */
  readonly tests: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string>>;
  /** Prints the results and counts them; `ok` says whether VS Code ended well. */
  report(ok: boolean, output: string, print: Print): Promise<Count>;
  close(): Promise<void>;
}

/** Builds the tests, starts the registry and makes the folders. */
export async function prepareHostTests(): Promise<HostTestStage> {
  await buildExtensionTests();
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-host-'));
  const workspace = join(folder, 'workspace');
  const resultFile = join(folder, 'results.json');
  await copySampleWorkspace(workspace);
  const models = await startTestModels();
  return {
    workspace,
    tests: join(DIST, 'test', 'extension.cjs'),
    settings: {
      'ociModels.registries': [models.host],
      'ociModels.storePath': join(folder, 'store'),
      'workbench.startupEditor': 'none',
    },
    env: { OCI_MODELS_TEST_RESULTS: resultFile, OCI_MODELS_TEST_REGISTRY: models.host },
    report: async (ok, output, print) => report(await readResults(resultFile), ok, output, print),
    close: async () => {
      await models.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

async function readResults(file: string): Promise<HostTestResult[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as HostTestResult[];
  } catch {
    return [];
  }
}

function report(results: readonly HostTestResult[], ended: boolean, output: string, print: Print): Count {
  for (const { title, ok, durationMs, message, note } of results) {
    print(`${ok ? '✔' : '✖'} ${title} (${Math.round(durationMs)}ms)`);
    if (note !== undefined) print(`  ${note}`);
    if (message !== undefined) print(`  ${message}`);
  }
  const failed = results.filter(({ ok }) => !ok).length;
  const passed = results.length - failed;
  if (ended && failed === 0 && passed > 0) return { passed, failed, skipped: 0 };
  print(output.split('\n').slice(-30).join('\n'));
  return { passed, failed: Math.max(1, failed), skipped: 0 };
}
