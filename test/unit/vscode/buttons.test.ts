import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ModelError } from '../../../src/base/error.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import { silentLog } from '../../../src/base/log.ts';
import { DamagedModelError } from '../../../src/session/index.ts';
import { FolderInUseError, StoreFolderError } from '../../../src/store/index.ts';
import { answers, clearShown, shown } from '../../support/vscodeStub.ts';

const { explain, showError } = await import('../../../src/vscode/window/errors.ts');
const buttons = await import('../../../src/vscode/window/buttons.ts');
const { showInfo } = await import('../../../src/vscode/window/notify.ts');

/** The titles of the buttons of a failure. */
function titles(error: unknown): string[] | undefined {
  return explain(error)?.repairs.map(({ title }) => title);
}

/** Chooses the button of a title, whatever message has it. */
function choose(title: string): void {
  answers.push((_message: string, ...given: string[]) => given.find((one) => one === title));
}

/** The commands that were run, with their arguments. */
function commandsRun(): unknown[] {
  return shown.filter(({ name }) => name === 'executeCommand').map(({ args }) => args);
}

beforeEach(() => clearShown());

describe('the buttons of a failure', () => {
  test('are those that repair it, the likeliest first', () => {
    const expected = {
      'auth-required': ['Sign In', 'Show Log'],
      'no-model': ['Pull OCI Model'],
      'out-of-memory': ['Open Settings', 'Select Another Model'],
      'gguf-invalid': ['Select Another Model', 'Show Log'],
      'disk-full': ['Open Settings'],
      offline: ['Show Log'],
      'reference-invalid': [],
    } as const;
    for (const code of Object.keys(expected) as (keyof typeof expected)[])
      assert.deepEqual(titles(new ModelError(code, asLocalized('x'))), expected[code], code);
  });

  test('pull a damaged model again, and say what is wrong with it', () => {
    const error = new DamagedModelError('docker.io/ai/m:x', 'Its file ends early.');
    assert.equal(explain(error)?.message, 'Its file ends early.');
    assert.deepEqual(titles(error), ['Pull Again', 'Select Another Model', 'Show Log']);
    assert.deepEqual(explain(error)?.repairs[0]?.arguments, ['docker.io/ai/m:x']);
  });

  test('ask for a sign-in to the registry that limits those without a login', () => {
    const details = { registry: 'r.example', signInHelps: true };
    assert.deepEqual(explain(new ModelError('rate-limited', asLocalized('x'), details))?.repairs, [
      { title: 'Sign In', command: 'ociModels.registry.signIn', arguments: ['r.example'] },
      { title: 'Show Log', command: 'ociModels.log.show' },
    ]);
  });

  test('open the setting that is about it', () => {
    const settingOf = (error: ModelError): unknown => explain(error)?.repairs[0]?.arguments;
    assert.deepEqual(settingOf(new ModelError('tls', asLocalized('x'))), ['ociModels.extraCaFile']);
    assert.deepEqual(settingOf(new ModelError('context-overflow', asLocalized('x'))), [
      'ociModels.engine.contextSize',
    ]);
    assert.deepEqual(settingOf(new FolderInUseError('/a', '/a/b', 'c')), ['ociModels.storePath']);
    const folder = new StoreFolderError(asLocalized('x'));
    assert.deepEqual(settingOf(folder), ['ociModels.storePath']);
  });

  test('are the log for what nobody expected, and none for a cancelled operation', () => {
    assert.deepEqual(titles(new Error('x')), ['Show Log']);
    assert.equal(explain(new ModelError('cancelled', asLocalized('x'))), undefined);
  });

  test('run their command with its arguments', async () => {
    choose('Sign In');
    showError(new ModelError('auth-denied', asLocalized('x'), { registry: 'r.example' }), silentLog);
    await setImmediate();
    assert.deepEqual(commandsRun(), [['ociModels.registry.signIn', 'r.example']]);
  });

  test('have Retry before them, but not where a second try would end the same', async () => {
    let tries = 0;
    const retry = (): void => void tries++;
    choose('Retry');
    showError(new ModelError('offline', asLocalized('x')), silentLog, retry);
    showError(new ModelError('gguf-invalid', asLocalized('x')), silentLog, retry);
    await setImmediate();
    assert.deepEqual(
      shown.map(({ args }) => args.slice(1)),
      [
        ['Retry', 'Show Log'],
        ['Select Another Model', 'Show Log'],
      ],
    );
    assert.deepEqual([tries, commandsRun()], [1, []]);
  });
});

describe('an offer', () => {
  test('waits for the work of the button that was chosen, and runs no other', async () => {
    const done: string[] = [];
    const action = (title: string) => ({
      title: asLocalized(title),
      run: async () => {
        await setImmediate();
        done.push(title);
      },
    });
    choose('B');
    await buttons.offer(showInfo, asLocalized('x'), action('A'), action('B'), buttons.showLog());
    assert.deepEqual([done, commandsRun()], [['B'], []]);
  });

  test('does nothing when the message is closed', async () => {
    await buttons.offer(showInfo, asLocalized('x'), buttons.showLog());
    assert.deepEqual(commandsRun(), []);
  });
});
