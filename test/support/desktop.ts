/** Runs the mocha tests of test/extension in a desktop VS Code that @vscode/test-electron downloads. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { buildExtension } from '../../esbuild.ts';
import type { Count } from '../../scripts/support/nodeTests.ts';
import { CACHE, ROOT } from '../../scripts/support/paths.ts';
import { prepareHostTests } from './hostTests.ts';

/** Downloads the newest stable VS Code where it is not there yet, and runs the tests in it. */
export async function runDesktopTests(): Promise<Count> {
  await buildExtension();
  const { workspace, tests, settings, env, report, close } = await prepareHostTests();
  const profile = await mkdtemp(join(tmpdir(), 'oci-models-profile-'));
  try {
    await mkdir(join(profile, 'User'), { recursive: true });
    await writeFile(join(profile, 'User', 'settings.json'), JSON.stringify(settings));
    let failure = '';
    const code = await runTests({
      cachePath: CACHE,
      extensionDevelopmentPath: ROOT,
      extensionTestsPath: tests,
      extensionTestsEnv: env,
      launchArgs: [workspace, '--user-data-dir', profile, '--disable-workspace-trust', '--skip-welcome'],
    }).catch((error: unknown) => {
      failure = String(error);
      return 1;
    });
    return await report(code === 0, failure, console.log);
  } finally {
    await close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
