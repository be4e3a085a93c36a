/** Texts in the language of the editor, and the list of them. */
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { bundleOfSources, NoLiteralError, textsOf } from '../../../scripts/support/texts.ts';
import { t, useTranslations } from '../../../src/base/l10n.ts';

describe('texts', () => {
  afterEach(() => useTranslations(undefined));

  test('are English without translations, and say their values', () => {
    assert.equal(t('{0} of {1}', 1, 'two'), '1 of two');
  });

  test('are in the language that is set, and English if it lacks one', () => {
    useTranslations({ '{0} of {1}': '{1} davon {0}' });
    assert.equal(t('{0} of {1}', 1, 'two'), 'two davon 1');
    assert.equal(t('Another one'), 'Another one');
  });
});

describe('the list of texts', () => {
  test('has every literal of t, whatever its quotes are', async () => {
    const source = `import { t } from './l10n.ts';
      const a: string = t('one {0}', \`\${1}\`);
      const b = flag ? t("it's two") : t(\`three\`);
      other.t('none'); format('none');`;
    assert.deepEqual(await textsOf('a.ts', source), ['one {0}', "it's two", 'three']);
  });

  test('refuses a text that nobody can translate', async () => {
    for (const call of ['t(text)', `t(\`a \${b}\`)`, "t('a' + b)", 't()'])
      await assert.rejects(textsOf('a.ts', `const x = ${call};`), NoLiteralError, call);
  });

  test('is made of the sources', async () => {
    const bundle = await bundleOfSources();
    assert.ok(Object.keys(bundle).length > 200);
    for (const [key, text] of Object.entries(bundle)) assert.equal(key, text);
  });
});
