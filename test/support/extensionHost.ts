/** Runs the mocha tests of test/extension inside the extension host of a real VS Code. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildExtensionTests } from '../../esbuild.ts';
import { startCodeServer } from '../../scripts/support/codeServer.ts';
import type { Count } from '../../scripts/support/nodeTests.ts';
import { RESULTS, ROOT } from '../../scripts/support/paths.ts';
import { copySampleWorkspace } from '../../scripts/support/sample.ts';
import { launchBrowser } from '../../scripts/support/workbench.ts';
import { startTestModels } from './testModels.ts';

/** Milliseconds for all tests of the extension host. */
const TIMEOUT_MS = 180_000;

/** One test's outcome, as test/extension/index.ts writes it. */
export interface HostTestResult {
  readonly title: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly message?: string;
  /** A line that the test wants to be seen, such as a measured time. */
  readonly note?: string;
}

/** Starts the editor with the tests and prints and counts their results. */
export async function runExtensionTests(): Promise<Count> {
  await buildExtensionTests();
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-host-'));
  const workspace = join(folder, 'workspace');
  const resultFile = join(folder, 'results.json');
  await copySampleWorkspace(workspace);
  const models = await startTestModels();
  const server = await startCodeServer({
    workspace,
    extension: ROOT,
    tests: join(ROOT, 'dist', 'test', 'extension.cjs'),
    settings: {
      'ociModels.registries': [models.host],
      'ociModels.storePath': join(folder, 'store'),
      'workbench.startupEditor': 'none',
    },
    env: { OCI_MODELS_TEST_RESULTS: resultFile, OCI_MODELS_TEST_REGISTRY: models.host },
  });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const exited = new Promise<number>((resolve) => {
      void page.exposeFunction('codeAutomationLog', () => {});
      void page.exposeFunction('codeAutomationExit', (code: number) => resolve(code));
    });
    await page.goto(server.url);
    const timeout = new Promise<undefined>((resolve) => setTimeout(resolve, TIMEOUT_MS, undefined).unref());
    const code = await Promise.race([exited, timeout]);
    await page.screenshot({ path: join(RESULTS, 'extension-host.png') });
    if (code === undefined) console.log(`The tests did not end within ${TIMEOUT_MS} ms.`);
    return report(await readResults(resultFile), code, server.output());
  } finally {
    await browser.close();
    await server.close();
    await models.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function readResults(file: string): Promise<HostTestResult[]> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as HostTestResult[];
  } catch {
    return [];
  }
}

function report(results: readonly HostTestResult[], code: number | undefined, serverOutput: string): Count {
  for (const { title, ok, durationMs, message, note } of results) {
    console.log(`${ok ? '✔' : '✖'} ${title} (${Math.round(durationMs)}ms)`);
    if (note !== undefined) console.log(`  ${note}`);
    if (message !== undefined) console.log(`  ${message}`);
  }
  const failed = results.filter(({ ok }) => !ok).length;
  const passed = results.length - failed;
  if (code === 0 && failed === 0 && passed > 0) return { passed, failed, skipped: 0 };
  console.log(serverOutput.split('\n').slice(-30).join('\n'));
  return { passed, failed: Math.max(1, failed), skipped: 0 };
}
