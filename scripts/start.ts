/**
 * `npm start`: builds, starts the sample registry and opens VS Code with the extension and a sample workspace.
 * `npm start -- --check` does it without a person, drives the main job once and exits 0, or 1 with the reason.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildExtension } from '../esbuild.ts';
import { type CodeServer, startCodeServer } from './support/codeServer.ts';
import { CHROMIUM, ensurePrograms, findProgram } from './support/debian.ts';
import { doMainJob } from './support/mainJob.ts';
import { RESULTS, ROOT } from './support/paths.ts';
import { copySampleWorkspace, startSampleRegistry } from './support/sample.ts';
import { launchBrowser, Workbench } from './support/workbench.ts';

const check = process.argv.includes('--check');
const cleanUp: (() => Promise<unknown>)[] = [];

try {
  await (check ? runCheck() : runForPerson());
} catch (error) {
  console.error(`Failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const step of cleanUp.reverse()) await step();
}

interface Prepared {
  readonly host: string;
  readonly workspace: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

async function prepare(): Promise<Prepared> {
  await buildExtension();
  const registry = await startSampleRegistry();
  cleanUp.push(() => registry.close());
  console.log(`Sample registry: http://${registry.host} (reference ${registry.host}/ai/tinycode)`);
  const workspace = await mkdtemp(join(tmpdir(), 'oci-models-workspace-'));
  cleanUp.push(() => rm(workspace, { recursive: true, force: true }));
  await copySampleWorkspace(workspace);
  const settings = {
    'ociModels.registries': [registry.host, 'docker.io/ai'],
    'workbench.startupEditor': 'none',
    'security.workspace.trust.enabled': false,
  };
  return { host: registry.host, workspace, settings };
}

async function runCheck(): Promise<void> {
  await ensurePrograms([CHROMIUM]);
  const { host, workspace, settings } = await prepare();
  const server = await startCodeServer({ workspace, extension: ROOT, settings });
  cleanUp.push(() => server.close());
  const browser = await launchBrowser();
  cleanUp.push(() => browser.close());
  const workbench = await Workbench.open(browser, server.url);
  try {
    await doMainJob(workbench, host, (line) => console.log(`✔ ${line}`));
    console.log('The main job works.');
  } finally {
    await workbench.screenshot(join(RESULTS, 'start-check.png'));
  }
}

async function runForPerson(): Promise<void> {
  const prepared = await prepare();
  const desktop = findProgram({ program: 'code', package: 'code' });
  if (desktop !== undefined) return openDesktop(desktop, prepared);
  const server = await startCodeServer({
    workspace: prepared.workspace,
    extension: ROOT,
    settings: prepared.settings,
  });
  cleanUp.push(() => server.close());
  await waitForPerson(server);
}

/** Opens the desktop editor with a profile of its own and waits until its window is closed. */
async function openDesktop(code: string, { workspace, settings }: Prepared): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'oci-models-profile-'));
  cleanUp.push(() => rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  await mkdir(join(profile, 'User'), { recursive: true });
  await writeFile(join(profile, 'User', 'settings.json'), JSON.stringify(settings, undefined, 2));
  console.log('Opening VS Code; close its window to end.');
  const args = [
    '--user-data-dir',
    profile,
    '--extensionDevelopmentPath',
    ROOT,
    '--new-window',
    '--wait',
    workspace,
  ];
  const child = spawn(code, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  await once(child, 'exit');
}

async function waitForPerson(server: CodeServer): Promise<void> {
  console.log(
    `\nVS Code is ready. Open this address in a browser:\n\n  ${server.url}\n\nPress Ctrl+C to end.`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
}
