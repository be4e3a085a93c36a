import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { ROOT } from '../../../scripts/support/paths.ts';
import { ModelError } from '../../../src/base/error.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import { silentLog } from '../../../src/base/log.ts';
import { answers, clearShown, replaceMembers, shown, shownTexts } from '../../support/vscodeStub.ts';

const vscode = await import('vscode');
const notify = await import('../../../src/vscode/window/notify.ts');
const { showError } = await import('../../../src/vscode/window/errors.ts');
const { treeRow } = await import('../../../src/vscode/views/row.ts');
const { errorRow } = await import('../../../src/vscode/views/errorRow.ts');
const { windowLog } = await import('../../../src/vscode/window/log.ts');

/** What a hostile registry, model or file says. */
const HOSTILE = asLocalized(
  '[Sign in](command:workbench.action.terminal.new?%5B%5D) [w](https://e.vil) $(error)\u202e\u001b[31m\nx',
);
const [CHAT, DELETE, SHOW_LOG] = [asLocalized('Chat'), asLocalized('Delete'), asLocalized('Show Log')];
const PLAIN = '[Sign in] (command:workbench.action.terminal.new?%5B%5D) [w] (https://e.vil) $ (error) [31m x';

function assertPlain(): void {
  const foreign = shownTexts().filter((text) => text.includes('Sign in'));
  assert.ok(foreign.length > 0);
  for (const text of foreign)
    assert.doesNotMatch(text.replaceAll('\n', ''), /\]\(|\$\(error|[\p{Cc}\p{Cf}]/u);
}

describe('what a stranger wrote is only text', () => {
  beforeEach(() => clearShown());

  test('in notifications, whose buttons are ours', async () => {
    await notify.showInfo(HOSTILE, CHAT);
    await notify.showWarning(HOSTILE);
    await notify.showFailure(HOSTILE, SHOW_LOG);
    assert.deepEqual(
      shown.map(({ name, args }) => [name, ...args]),
      [
        ['showInformationMessage', PLAIN, 'Chat'],
        ['showWarningMessage', PLAIN],
        ['showErrorMessage', PLAIN, 'Show Log'],
      ],
    );
  });

  test('in a modal dialog and its detail', async () => {
    answers.push('Delete');
    assert.equal(await notify.confirm(HOSTILE, DELETE, asLocalized(`a\n${HOSTILE}`)), true);
    assert.equal(await notify.confirm(asLocalized('Really?'), DELETE), false);
    assertPlain();
    assert.match(JSON.stringify(shown[0]?.args[1]), /"modal":true,"detail":"a\\n\[Sign in\] \(/);
  });

  test('in the title and the messages of progress', async () => {
    await notify.withProgress(HOSTILE, async (progress) =>
      progress.report({ message: HOSTILE, increment: 1 }),
    );
    assertPlain();
    assert.deepEqual(shown[1]?.args, [{ message: PLAIN, increment: 1 }]);
  });

  test('in a message that stays open, whose links are ours; it is changed and closed from here', async () => {
    const link = { title: asLocalized('Accept'), command: 'ociModels.fileEdits.accept' } as const;
    const steps: unknown[] = [];
    const tasks: ((progress: object) => Promise<void>)[] = [];
    const restore = replaceMembers(vscode.window, {
      withProgress: async (_: unknown, task: (progress: object) => Promise<void>) => void tasks.push(task),
    });
    try {
      const message = notify.openMessage(link);
      message.show(asLocalized('Two files are left.'));
      message.show(HOSTILE);
      const ended = tasks[0]?.({ report: (step: unknown) => void steps.push(step) });
      message.show(asLocalized('One file is left.'));
      assert.equal(tasks.length, 1);
      assert.deepEqual(steps, [
        { message: `[Accept](command:ociModels.fileEdits.accept): ${PLAIN}`, increment: 0 },
        { message: '[Accept](command:ociModels.fileEdits.accept): One file is left.', increment: 0 },
      ]);
      message.close();
      await ended;
    } finally {
      restore();
    }
  });

  test('in lists, whose icons are ours; what is chosen is the row that was given', async () => {
    const row = {
      label: HOSTILE,
      description: HOSTILE,
      detail: HOSTILE,
      icon: 'circle-filled',
      value: HOSTILE,
    };
    answers.push(([item]: unknown[]) => item);
    assert.equal(await notify.pickOne([row], { title: HOSTILE, placeHolder: HOSTILE }), row);
    const items = shown[0]?.args[0] as { label: string; description: string; detail: string }[];
    const [item] = items;
    assert.equal(item?.label, `$(circle-filled) ${PLAIN}`);
    assert.equal(item?.description, PLAIN);
    assert.equal(item?.detail, PLAIN);
    const options = shown[0]?.args[1] as { title: string; placeHolder: string };
    assert.deepEqual([options.title, options.placeHolder], [PLAIN, PLAIN]);
    answers.push((items: unknown) => items);
    assert.deepEqual(await notify.pickMany([row], {}), [row]);
  });

  test('in the prompt and the remarks of an input box', async () => {
    await notify.askForText({ title: HOSTILE, prompt: HOSTILE, validate: () => HOSTILE });
    assertPlain();
    const options = shown[0]?.args[0] as { validateInput: (text: string) => unknown };
    assert.equal(options.validateInput(''), PLAIN);
    await notify.askForText({ title: asLocalized('t'), validate: () => ({ message: HOSTILE, severity: 1 }) });
    const other = shown[1]?.args[0] as typeof options;
    assert.deepEqual(other.validateInput(''), { message: PLAIN, severity: 1 });
  });

  test('in the status bar', () => {
    notify.showBriefly(HOSTILE);
    assertPlain();
  });

  test('in errors, whichever they are', () => {
    showError(new ModelError('auth-denied', asLocalized(`x denied access (${HOSTILE}).`)), silentLog);
    showError(new Error(HOSTILE), silentLog);
    assert.equal(shown.length, 2);
    assertPlain();
  });

  test('in rows, their tooltips and what a screen reader says', async () => {
    for (const row of [
      treeRow({
        label: HOSTILE,
        description: HOSTILE,
        tooltip: `${HOSTILE}\n\n${HOSTILE}`,
        words: ['tag'],
      }),
      await errorRow.item(
        { kind: 'error', message: HOSTILE, registry: undefined, parent: undefined },
        undefined,
      ),
    ]) {
      assert.doesNotMatch(JSON.stringify(row), /\]\(|\u202e|\\u001b/);
      assert.equal(typeof row.tooltip, 'string');
    }
  });

  test('in the log, where it makes no record of its own', () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const channel = { debug: write, info: write, warn: write, error: write, show() {} };
    const log = windowLog(channel as unknown as Parameters<typeof windowLog>[0]);
    log.info(HOSTILE);
    log.error('2026-01-01 [error] a\n2026-01-01 [error] b');
    assert.match(lines[0] ?? '', /\\u\{202e\}\\u\{1b\}\[31m\n {4}x$/);
    assert.equal(lines[1], '2026-01-01 [error] a\n    2026-01-01 [error] b');
  });
});

/** Who may call what: everything else goes through these files. */
const DOORS: readonly [pattern: RegExp, file: string][] = [
  [/\bshow(?:Information|Warning|Error)Message\b/, 'window/notify.ts'],
  [/\b(?:showQuickPick|showInputBox|createQuickPick|createInputBox)\b/, 'window/notify.ts'],
  [/\bwindow\.withProgress\b|\bsetStatusBarMessage\b/, 'window/notify.ts'],
  [/\bnew vscode\.TreeItem\b/, 'views/row.ts'],
  [/\bMarkdownString\b/, 'window/markdown.ts'],
  // A terminal that foreign text is sent to has no place in this extension.
  [/\bcreateTerminal\b|\bsendText\b/, 'nowhere'],
  [/\bcreateWebview|\benableCommandUris\b|\bregisterWebview/, 'window/page.ts'],
];

test('nobody goes around the doors', async () => {
  const source = join(ROOT, 'src');
  const files = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts'));
  assert.ok(files.length > 200);
  const found = new Set<string>();
  for (const file of files) {
    const text = await readFile(join(source, file), 'utf8');
    const path = file.replaceAll('\\', '/');
    for (const [pattern, door] of DOORS) {
      if (!pattern.test(text)) continue;
      assert.equal(path, `vscode/${door}`, `${path} uses ${pattern.source}`);
      found.add(door);
    }
  }
  assert.deepEqual([...found].sort(), [
    'views/row.ts',
    'window/markdown.ts',
    'window/notify.ts',
    'window/page.ts',
  ]);
});
