/** Code completions as a person sees them, with the model that was trained for them. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { until } from '../../scripts/support/workbench.ts';
import { events, modelList, type ScriptedHandler, startScriptedServer } from '../support/scriptedServer.ts';
import { changeSetting, onStage, type Source, stepsOf } from './scenario.ts';

/** Known by its name as a model for completions and for next edits. */
const NEXT = 'sweep-next-edit-1.5b';
/** A file in which the user renames a variable, which is used above. */
const LIST = [
  'add(total);',
  ...Array<string>(7).fill('// …'),
  'let total = 0;',
  ...Array<string>(60).fill('// …'),
];

/** A file in which a limit is renamed, which becomes the condition of a call above. */
const GUARD = [
  'setUp();',
  'check(limit);',
  ...Array<string>(7).fill('// …'),
  'let limit = 0;',
  ...Array<string>(60).fill('// …'),
];
/** The lines that come in the place of the call. */
const guarded = (name: string): string => `if (${name} > 0) {\n  check(${name});\n}\n`;

/** Saves are off, as they are in VS Code: one between ghost text and what follows it would end the undo step. */
const SOURCE: Source = { extension: ROOT, settings: () => ({ 'files.autoSave': 'off' }) };

/** Milliseconds that the server takes for a completion. */
let completionMs = 0;

/** Completes nothing but what begins with the body of the function, and renames what was renamed above. */
const handler: ScriptedHandler = async ({ path, body }) => {
  if (path === '/v1/models') return modelList(NEXT);
  if (path !== '/v1/completions') return undefined;
  const prompt = String(body?.['prompt']);
  const window = /<\|file_sep\|>current\/[^\n]*\n([\s\S]*)<\|file_sep\|>updated\//.exec(prompt)?.[1];
  if (window !== undefined) {
    const [, name = 'total'] = /let (\w+) = 0;/.exec(window) ?? [];
    const text = window.replace(/(?<=add\()\w+(?=\);)/, name).replace(/^check\(\w+\);\n/m, guarded(name));
    return { pieces: events({ choices: [{ text, finish_reason: 'stop' }] }) };
  }
  await new Promise((resolve) => setTimeout(resolve, completionMs));
  const typed = /<\|fim_prefix\|>[\s\S]*\n *([^\n]*)<\|fim_suffix\|>/.exec(prompt)?.[1] ?? '';
  const text = BODY.startsWith(typed) ? BODY.slice(typed.length) : '';
  return { pieces: events({ choices: [{ text, finish_reason: 'stop' }] }) };
};

/** The body of a function in the sample workspace, which the model has from the one above. */
const BODY = `return \`Hello, \${name}!\`;`;

test('code completions', { timeout: 600_000 }, async (t) => {
  const coder = await startScriptedServer(handler);
  t.after(() => coder.close());
  await onStage('completions', SOURCE, async ({ workbench, host, workspace, server, shot }) => {
    const { page } = workbench;
    const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: [] };
    const notebook = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    await writeFile(join(workspace, 'cell.ipynb'), JSON.stringify(notebook));
    await writeFile(join(workspace, 'list.ts'), LIST.join('\n'));
    await writeFile(join(workspace, 'guard.ts'), GUARD.join('\n'));
    const ghost = page.locator('[class*="ghost-text-decoration"]');
    const shown = async (): Promise<string> =>
      (await ghost.allInnerTexts()).join('').replaceAll('\u00a0', ' ');
    const settles = async (text: string): Promise<void> => {
      await until(`ghost text “${text}”`, async () => (await shown()) === text, 30_000);
    };
    const step = stepsOf(t);
    /** Selects the body of the last function. */
    const selectBody = async (): Promise<void> => {
      await page.keyboard.press('Control+End');
      for (const key of ['ArrowUp', 'ArrowUp', 'End', 'Shift+Home']) await page.keyboard.press(key);
    };

    await step('begin when a model is chosen in its row', async () => {
      await workbench.openContainer('OCI Models');
      await workbench.runCommand('OCI Models: Pull OCI Model');
      await workbench.typeIntoInputBox('Pull OCI Model', `${host}/ai/tinycode`);
      await workbench.acceptInput();
      await workbench.waitForNotification(/tinycode:latest was pulled and is ready/);
      await workbench.clearNotifications();
      await workbench.clickRowMenu('tinycode:latest', 'Use for Code Completions…');
      await workbench.waitForRow(/tinycode:latest .*· loaded/);
      // It is tried first, and chosen after that.
      await page.locator('.statusbar .codicon-edit').waitFor();
    });

    await step('come while the user edits, and Tab takes them', async () => {
      await workbench.openFile('math.ts');
      const original = await workbench.editorText();
      assert.ok(original.includes(BODY), original);
      await selectBody();
      await page.keyboard.press('Delete');
      await settles(BODY);
      await shot('01-ghost');
      await page.keyboard.press('Tab');
      await until('the text', async () => (await workbench.editorText()) === original, 30_000);
    });

    await step('stay along with what is typed, go with Escape, and come back by hand', async () => {
      await selectBody();
      await page.keyboard.press('Delete');
      await settles(BODY);
      await page.keyboard.type('re');
      await settles(BODY.slice(2));
      await shot('02-along');
      await page.keyboard.press('Escape');
      await until('no ghost text', async () => (await shown()) === '', 30_000);
      await workbench.runCommand('Trigger Inline Suggestion');
      await settles(BODY.slice(2));
      await page.keyboard.press('Control+ArrowRight');
      await settles(BODY.slice('return'.length));
    });

    await step('pause for a while, which the status bar says', async () => {
      await page.keyboard.press('Escape');
      await workbench.runCommand('OCI Models: Snooze Code Completions…');
      await page.locator('.quick-input-widget:visible .monaco-list-row', { hasText: '30 minutes' }).click();
      await until('the pause in the status bar', async () =>
        page.locator('.statusbar .codicon-bell-slash').isVisible(),
      );
      await shot('03-snoozed');
      await workbench.runCommand('OCI Models: Resume Code Completions');
      await until(
        'the end of the pause',
        async () => !(await page.locator('.statusbar .codicon-bell-slash').isVisible()),
      );
    });

    await step('go with the first key against them', async () => {
      await changeSetting(server, 'ociModels.nextEdits.enable', true);
      await changeSetting(server, 'ociModels.endpoints', [{ name: 'Office', url: coder.url }]);
      await workbench.openContainer('OCI Models');
      await workbench.waitForRow(new RegExp(`^${NEXT}`));
      await workbench.clickRowMenu(NEXT, 'Use for Code Completions…');
      await page.locator(`.statusbar-item [aria-label*="${NEXT}"] .codicon-edit`).waitFor();
      await workbench.openFile('math.ts');
      await workbench.focusEditor();
      await selectBody();
      await page.keyboard.press('Delete');
      await settles(BODY);
      await page.keyboard.type('ret');
      await settles(BODY.slice(3));
      await page.keyboard.type('7');
      await settles('');
      await shot('04-against');
      await page.keyboard.press('Backspace');
      await settles(BODY.slice(3));
    });

    await step('leave Tab to a list of suggestions', async () => {
      await page.keyboard.press('Control+Space');
      await page.locator('.suggest-widget.visible').waitFor();
      await shot('05-suggestions');
      // The text goes on with the entry of the list, or is not shown.
      assert.ok(
        ['', BODY.slice('return'.length)].includes((await shown()).trimEnd()) || BODY.endsWith(await shown()),
      );
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
    });

    await step('change nothing by themselves with several cursors', async () => {
      await selectBody();
      await page.keyboard.press('Delete');
      await settles(BODY);
      await page.keyboard.press('Control+Shift+ArrowUp');
      const cursors = page.locator('.editor-group-container.active .cursors-layer .cursor');
      await until('two cursors', async () => (await cursors.count()) === 2);
      await shot('06-cursors');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      assert.ok(!(await workbench.editorText()).includes(BODY));
      await page.keyboard.press('Control+Z');
    });

    await step('come in a cell of a notebook', async () => {
      // A list of suggestions would take the place of ghost text, or not, as fast as the machine is.
      await changeSetting(server, 'editor.quickSuggestions', false);
      await workbench.openFile('cell.ipynb');
      await page.locator('.notebookOverlay .cell.code .monaco-editor').first().click();
      await page.keyboard.type('x = 1\nret', { delay: 60 });
      await settles(BODY.slice(3));
      await shot('07-notebook');
      await page.keyboard.press('Tab');
      await settles('');
    });

    /** The texts that decorations add to the lines of the editor. */
    const drawn = async (): Promise<string> =>
      String(
        await page.evaluate(
          `[...document.querySelectorAll('.editor-group-container.active .view-line span')]
          .map((span) => getComputedStyle(span, '::after').content)
          .join(' ')`,
        ),
      ).replaceAll('\u00a0', ' ');
    const isDrawn = (text: string) =>
      until(`“${text}” in the editor`, async () => (await drawn()).includes(text), 30_000);
    const isGone = () => until('no next edit', async () => !(await drawn()).includes('Tab'), 30_000);

    /** Has the model asked again by an edit, after which its answer is the one that was rejected. */
    const isNotShownAgain = async (edit: () => Promise<void>): Promise<void> => {
      const { length } = coder.requests;
      await edit();
      await until('another request', async () =>
        coder.requests.slice(length).some(({ body }) => String(body?.['prompt']).includes('updated/')),
      );
      await page.waitForTimeout(500);
      await isGone();
    };

    await step('show the next edit where it belongs, until it is rejected', async () => {
      await workbench.openFile('list.ts');
      await workbench.focusEditor();
      await page.keyboard.press('Control+Home');
      for (let line = 1; line < 9; line++) await page.keyboard.press('ArrowDown');
      for (let at = 0; at < 4; at++) await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Control+Delete');
      await page.keyboard.type('sum');
      await isDrawn('Tab to accept');
      await shot('08-next-edit');
      await page.keyboard.press('Escape');
      await isGone();
      await isNotShownAgain(async () => {
        await page.keyboard.type(' ');
        await page.keyboard.press('Backspace');
      });
    });

    await step('lead to the next edit off the screen, and make it in one step', async () => {
      await page.keyboard.press('Control+Backspace');
      await page.keyboard.type('all');
      await isDrawn('Tab to accept');
      for (let line = 0; line < 6; line++) await page.keyboard.press('Control+ArrowDown');
      await isDrawn('Tab: next edit, line 1');
      await shot('09-off-screen');
      await page.keyboard.press('Tab');
      await isDrawn('Tab to accept');
      await shot('10-jumped');
      await page.keyboard.press('Tab');
      await until('the edit', async () => (await workbench.editorText()).startsWith('add(all);'));
      assert.match(await workbench.editorText(), /^let all = 0;$/m);
      await page.keyboard.press('Control+Z');
      await until('one step back', async () => (await workbench.editorText()).startsWith('add(total);'));
      assert.match(await workbench.editorText(), /^let all = 0;$/m);
    });

    /** Gives the variable that is declared in a line another name. */
    const rename = async (line: number, name: string): Promise<void> => {
      await page.keyboard.press('Control+Home');
      for (let at = 1; at < line; at++) await page.keyboard.press('ArrowDown');
      for (let at = 0; at < 4; at++) await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Control+Delete');
      await page.keyboard.type(name);
    };

    /** Waits until text stands below the cursor's line that is not in the file; an empty one waits until there is none. */
    const hasLines = (text: string) =>
      until(`new lines “${text}”`, async () => {
        const lines = (await page.locator('.suggest-preview-text, .ghost-text').allInnerTexts()).join('');
        return text === '' ? lines === '' : lines.replaceAll('\u00a0', ' ').includes(text);
      });

    await step('show several lines below those that go, until they are rejected', async () => {
      await workbench.openFile('guard.ts');
      await workbench.focusEditor();
      await rename(10, 'max');
      await isDrawn('Tab: next edit, line 2');
      await shot('12-several-lines');
      await page.keyboard.press('Tab');
      await isDrawn('Tab to accept');
      await hasLines('check(max);');
      await shot('13-several-lines-there');
      await page.keyboard.press('Escape');
      await isGone();
      await hasLines('');
      await isNotShownAgain(() => rename(10, 'max'));
      assert.equal(await workbench.editorText(), GUARD.join('\n').replace('let limit', 'let max'));
    });

    await step('lead to several lines off the screen, and make them in one step', async () => {
      await rename(10, 'most');
      for (let line = 0; line < 9; line++) await page.keyboard.press('Control+ArrowDown');
      await isDrawn('Tab: next edit, line 2');
      await page.keyboard.press('Tab');
      await hasLines('check(most);');
      await shot('14-several-lines-jumped');
      // The cursor goes elsewhere and comes back by the same way.
      await page.keyboard.press('ArrowDown');
      await hasLines('');
      await isDrawn('Tab: next edit, line 2');
      await page.keyboard.press('Tab');
      await hasLines('check(most);');
      await page.keyboard.press('Tab');
      // Another key at the same moment would be a step of its own.
      await until('no old lines', async () => {
        const text = await page.locator('.editor-group-container.active .view-lines').innerText();
        return text.includes('check(most)') && !text.includes('check(limit)');
      });
      const made = `setUp();\n${guarded('most')}// …\n`;
      await until('the edit', async () => (await workbench.editorText()).startsWith(made));
      await shot('15-several-lines-made');
      assert.match(await workbench.editorText(), /^let most = 0;$/m);
      await page.keyboard.press('Control+Z');
      const back = 'setUp();\ncheck(limit);\n// …\n';
      await until('one step back', async () => (await workbench.editorText()).startsWith(back));
      assert.match(await workbench.editorText(), /^let most = 0;$/m);
    });

    await step('say once that a model is slower than the typing', async () => {
      // However slow the machine types, this is later than three of its keys.
      completionMs = 3_200;
      await workbench.openFile('math.ts');
      await workbench.focusEditor();
      await page.keyboard.press('Control+End');
      // Each word is another place, and the typist waits for each.
      const isSaid = async () =>
        (await workbench.statusItems()).some((item) => item.includes('answers slower than you type'));
      for (let word = 0; word < 16 && !(await isSaid()); word++) {
        await page.keyboard.type(`w${word} `);
        await page.waitForTimeout(completionMs + 300);
      }
      assert.ok(await isSaid());
      await shot('11-slow');
    });
  });
});
