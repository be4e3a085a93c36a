/** The entry that VS Code calls inside its extension host: runs the suites and writes their results to a file. */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import type { HostTestResult } from '../support/hostTests.ts';
import { takeNotes } from './notes.ts';

/** Rejects where a test failed, which VS Code turns into exit code 1. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 240_000, reporter: 'min' });
  mocha.suite.emit('pre-require', globalThis, 'index', mocha);
  if (process.env['OCI_MODELS_TEST_LIVE'] === undefined) await loadSuites();
  else await import('./liveServer.ts');
  const results: HostTestResult[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) => {
      results.push({ title: test.fullTitle(), ok: true, durationMs: test.duration ?? 0, ...takeNotes() });
    });
    runner.on('fail', (test, error: Error) => {
      const message = error.stack ?? error.message;
      results.push({ title: test.fullTitle(), ok: false, durationMs: 0, message, ...takeNotes() });
    });
  });
  const file = process.env['OCI_MODELS_TEST_RESULTS'];
  if (file !== undefined) writeFileSync(file, JSON.stringify(results));
  if (failures > 0) throw new Error(`${failures} tests failed.`);
}

async function loadSuites(): Promise<void> {
  await import('./activation.ts');
  await import('./pull.ts');
  await import('./importModels.ts');
  await import('./engine.ts');
  await import('./chat.ts');
  await import('./chatContext.ts');
  await import('./inlineChat.ts');
  await import('./fileEdits.ts');
  await import('./completions.ts');
  await import('./nextEdit.ts');
  await import('./endpoints.ts');
  await import('./registriesView.ts');
  await import('./modelFacts.ts');
  await import('./signIn.ts');
  await import('./network.ts');
  await import('./store.ts');
  await import('./settings.ts');
}
