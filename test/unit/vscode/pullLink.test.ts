/** A link pulls nothing before the user confirmed the whole name, and a strange one says what is strange. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { formatReference, type Reference } from '../../../src/oci/index.ts';
import { answers, clearShown, shown } from '../../support/vscodeStub.ts';

const { PullLinks } = await import('../../../src/vscode/pullLink.ts');

beforeEach(clearShown);

/** Opens a link. @returns the names that were pulled, and the texts that were shown. */
async function open(query: string, path = '/pull'): Promise<{ pulled: string[]; said: unknown[] }> {
  const pulled: string[] = [];
  const pull = async (reference: Reference): Promise<undefined> => {
    pulled.push(formatReference(reference));
  };
  await new PullLinks({ pulls: { pull }, log: silentLog }).handleUri({ path, query });
  return { pulled, said: shown.flatMap(({ args }) => args) };
}

test('the whole name is confirmed, and then pulled', async () => {
  answers.push('Pull');
  const { pulled, said } = await open('ref=smollm2:135M-Q4_0');
  assert.deepEqual(pulled, ['docker.io/ai/smollm2:135M-Q4_0']);
  const [message, options, button] = said;
  assert.equal(message, 'Pull docker.io/ai/smollm2:135M-Q4_0?');
  assert.deepEqual(options, {
    modal: true,
    detail:
      'A link asks for this model. docker.io is asked for it only if you agree; pull models only from sources that you trust.',
  });
  assert.equal(button, 'Pull');
});

test('a digest, which has a colon, is read whole', async () => {
  answers.push('Pull');
  const name = `ghcr.io/org/model@sha256:${'a'.repeat(64)}`;
  assert.deepEqual((await open(`ref=${name}`)).pulled, [name]);
});

test('nothing is pulled if the question is closed', async () => {
  assert.deepEqual((await open('ref=ai/smollm2')).pulled, []);
  assert.equal(shown.length, 1);
});

const STRANGE: readonly (readonly [query: string, told: RegExp, path?: string])[] = [
  ['ref=ai/smollm2', /"\/delete" is no action of OCI Models\. Update the extension\./, '/delete'],
  ['ref=ai/smollm2', /"\/" is no action/, '/'],
  ['', /It must name one model/],
  ['ref=ai/smollm2&ref=ai/gemma3', /It must name one model/],
  ['ref=ai/smollm2&load=true', /unknown parameter "load"/],
  ['ref=', /Type a model name/],
  ['ref=ai/Not A Name', /white space/],
  ['ref=docker model pull ai/smollm2', /white space/],
  ['ref=https://user:secret@ghcr.io/org/model', /user name or a password/],
  [`ref=ghcr.io/${'a'.repeat(5000)}`, /too long/],
  ['ref=[free](command:workbench.action.quit)', /./],
];

for (const [query, told, path] of STRANGE)
  test(`a strange link is refused: ${path ?? ''}?${query.slice(0, 60)}`, async () => {
    const { pulled, said } = await open(query, path);
    assert.deepEqual(pulled, []);
    assert.equal(shown.length, 1);
    assert.match(String(said[0]), told);
    assert.match(String(said[0]), /^This link was not opened\. /);
    assert.doesNotMatch(String(said[0]), /\]\(|secret/);
    assert.ok(String(said[0]).length < 1200);
  });

test('links that come while one waits for an answer are dropped', async () => {
  let answer: (button: string) => void = () => {};
  answers.push(() => new Promise((resolve) => (answer = resolve)));
  const pulled: string[] = [];
  const links = new PullLinks({
    pulls: { pull: async (reference) => void pulled.push(reference.repository) as undefined },
    log: silentLog,
  });
  const first = links.handleUri({ path: '/pull', query: 'ref=ai/smollm2' });
  await links.handleUri({ path: '/pull', query: 'ref=ai/gemma3' });
  assert.equal(shown.length, 1);
  answer('Pull');
  await first;
  assert.deepEqual(pulled, ['ai/smollm2']);
  answers.push('Pull');
  await links.handleUri({ path: '/pull', query: 'ref=ai/gemma3' });
  assert.deepEqual(pulled, ['ai/smollm2', 'ai/gemma3']);
});
