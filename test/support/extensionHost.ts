/** Runs the mocha tests of test/extension inside the extension host of code-server's VS Code. */
import { join } from 'node:path';
import { startCodeServer } from '../../scripts/support/codeServer.ts';
import type { Count } from '../../scripts/support/nodeTests.ts';
import { RESULTS, ROOT } from '../../scripts/support/paths.ts';
import { launchBrowser } from '../../scripts/support/workbench.ts';
import { prepareHostTests } from './hostTests.ts';

/** Milliseconds for all tests of the extension host. */
const TIMEOUT_MS = 900_000;

/** Settings and variables of a run beside those that all have. */
interface Surroundings {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Name of the picture that is taken at the end. */
  readonly picture?: string;
}

/** Starts the editor with the tests and prints and counts their results. @param print is given each line. */
export async function runExtensionTests(
  print: (line: string) => void,
  { settings = {}, env = {}, picture = 'extension-host' }: Surroundings = {},
): Promise<Count> {
  const { workspace, tests, report, close, ...all } = await prepareHostTests();
  const server = await startCodeServer({
    workspace,
    extension: ROOT,
    tests,
    settings: { ...all.settings, ...settings },
    env: { ...all.env, ...env },
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
    await page.screenshot({ path: join(RESULTS, `${picture}.png`) });
    if (code === undefined) print(`The tests did not end within ${TIMEOUT_MS} ms.`);
    return await report(code === 0, server.output(), print);
  } finally {
    await browser.close();
    await server.close();
    await close();
  }
}
