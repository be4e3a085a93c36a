/** “Add Registry…” says what a text becomes, and keeps the registry as it is shown. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { answers, changeSetting, clearShown, settingOf, shown } from '../../../support/vscodeStub.ts';

const { addRegistry } = await import('../../../../src/vscode/commands/registry/add.ts');
const { parseHost } = await import('../../../../src/vscode/commands/registry/argument.ts');

const SETTING = 'ociModels.registries';
const services = { registriesView: { refresh: () => {} } } as never;

beforeEach(() => {
  clearShown();
  return changeSetting(SETTING, ['docker.io/ai']);
});
afterEach(() => changeSetting(SETTING, undefined));

/** The remark of the box about a text. */
async function remark(text: string): Promise<unknown> {
  await addRegistry.run(services, undefined);
  const options = shown.at(-1)?.args[0] as { validateInput(text: string): unknown };
  return options.validateInput(text);
}

test('the box says what a text stands for', async () => {
  assert.deepEqual(await remark('foo'), {
    message: 'Adds docker.io/foo, which is foo on Docker Hub',
    severity: 1,
  });
  assert.deepEqual(await remark('https://ghcr.io/v2/'), {
    message: 'Adds ghcr.io with all of its repositories',
    severity: 1,
  });
  assert.match(String(await remark('ghcr.io/Org')), /write “ghcr\.io\/org”/);
  assert.equal(await remark(''), undefined);
});

test('the registry is kept in one form, once', async () => {
  answers.push(' https://hub.docker.com/u/ai ', 'https://ghcr.io/org/');
  await addRegistry.run(services, undefined);
  await addRegistry.run(services, undefined);
  assert.deepEqual(settingOf(SETTING), ['docker.io/ai', 'ghcr.io/org']);
});

test('a password in an address is not repeated', () => {
  assert.throws(
    () => parseHost('https://me:hunter2@ghcr.io'),
    (error) => error instanceof Error && !error.message.includes('hunter2'),
  );
});
