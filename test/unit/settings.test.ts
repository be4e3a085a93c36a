/** Settings are few, each with a sentence and a default, and a workspace that is not trusted cannot change one. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';

interface Setting {
  readonly scope?: string;
  readonly default?: unknown;
  readonly markdownDescription?: string;
}

interface Manifest {
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: string[] } };
  readonly contributes: { readonly configuration: { readonly properties: Record<string, Setting> } };
}

const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(ROOT, name), 'utf8'));
const { capabilities, contributes } = (await read('package.json')) as Manifest;
const texts = (await read('package.nls.json')) as Record<string, string>;
const settings = Object.entries(contributes.configuration.properties);
const restricted = capabilities.untrustedWorkspaces.restrictedConfigurations;

/** Scopes whose values in a workspace have an effect. */
const OF_WORKSPACES = ['window', 'resource', 'language-overridable', 'machine-overridable'];

test('there are fewer than 25 settings', () => {
  assert.ok(settings.length > 0 && settings.length < 25, `${settings.length} settings`);
});

for (const [name, setting] of settings) {
  test(`${name} has a scope, a default and a sentence`, () => {
    assert.ok(setting.scope !== undefined, 'no scope');
    assert.notEqual(setting.default, undefined);
    const key = /^%(.+)%$/.exec(setting.markdownDescription ?? '')?.[1];
    assert.match(texts[key ?? ''] ?? '', /^[A-Z].*[.)]/s);
  });

  test(`${name} takes no value of a workspace that is not trusted`, () => {
    const isOfWorkspaces = OF_WORKSPACES.includes(setting.scope ?? 'window');
    assert.ok(!isOfWorkspaces || restricted.includes(name), `${setting.scope} and not restricted`);
  });
}

test('what is restricted are settings', () => {
  const names = new Set(settings.map(([name]) => name));
  assert.deepEqual(
    restricted.filter((name) => !names.has(name)),
    [],
  );
});
