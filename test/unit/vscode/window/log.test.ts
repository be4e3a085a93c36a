/** Problems that are remembered for diagnostics have our own sentences, codes and numbers, and nobody else's words. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type * as vscode from 'vscode';
import { asLocalized } from '../../../../src/base/l10n.ts';
import { isolated } from '../../../../src/base/text.ts';
import { endpointFailure } from '../../../../src/engine/openai/failures.ts';
import { answerError } from '../../../../src/oci/http/answerErrors.ts';
import { errorInPlace } from '../../../../src/oci/http/inPlace.ts';
import { readServerError } from '../../../../src/openaiApi/index.ts';
import { warnOfOmission, windowLog } from '../../../../src/vscode/window/log.ts';
import {
  endEvent,
  events,
  modelList,
  startScriptedServer,
  textEvent,
} from '../../../support/scriptedServer.ts';
import '../../../support/vscodeStub.ts';

const { describeForLog } = await import('../../../../src/vscode/window/errors.ts');
const { EndpointEngine } = await import('../../../../src/engine/index.ts');
const { endpointAccess } = await import('../../../support/endpointEngine.ts');

/** Words that repeat what was sent. */
const WORDS = 'Cannot answer “my secret plan” with key sk-123.';

function setup() {
  const written: string[] = [];
  const write = (message: string): void => void written.push(message);
  const channel = { debug: write, info: write, warn: write, error: write, show() {} };
  const log = windowLog(channel as unknown as vscode.LogOutputChannel);
  return { log, written: () => written.join('\n'), problems: () => log.problems().join('\n') };
}

describe('the words of a server', () => {
  const json = (body: object) => readServerError(Buffer.from(JSON.stringify(body)));
  const failures = [
    ...[200, 400, 401, 404, 429, 500].map((status) => ({
      status,
      error: json({ error: { message: WORDS } }),
    })),
    { status: 400, error: json({ error: { message: WORDS, code: 'context_length_exceeded' } }) },
  ];
  for (const { status, error } of failures) {
    test(`of a model, ${status}${error.code === undefined ? '' : ` ${error.code}`}, are in the log only`, () => {
      const { log, written, problems } = setup();
      const failure = endpointFailure({ host: 'office:8000', model: 'm' }, { status, error });
      log.error(describeForLog(failure));
      log.warn(`Code completions: ${String(failure)}`);
      assert.match(written(), /my secret plan.*sk-123/);
      assert.doesNotMatch(written(), /[\u2068\u2069]|u\{/);
      assert.doesNotMatch(problems(), /secret|sk-123|Cannot/);
      assert.match(problems(), /office:8000.*…/);
      assert.ok(problems().includes(`[${failure.code}]`));
    });
  }

  for (const status of [401, 403, 404, 429, 500]) {
    test(`of a registry, ${status}, are in the log only`, () => {
      const { log, written, problems } = setup();
      const body = Buffer.from(JSON.stringify({ errors: [{ code: 'DENIED', message: WORDS }] }));
      const subject = {
        registry: 'r.example',
        what: 'r.example/a:b',
        kind: 'manifest',
        withCredential: true,
      };
      log.error(
        describeForLog(
          answerError({ status, body, headers: {}, retryAfter: undefined }, subject as never, 0),
        ),
      );
      assert.match(written(), /my secret plan/);
      assert.doesNotMatch(problems(), /secret|sk-123|DENIED/);
      assert.match(problems(), /r\.example.*…/);
    });
  }

  test('are in the log only if they end their isolate themselves', () => {
    const { log, written, problems } = setup();
    for (const words of [`a\u2069 ${WORDS}`, `${isolated('a')} ${WORDS}`])
      log.warn(`It said ${isolated(words)}.`);
    assert.match(written(), /my secret plan/);
    assert.doesNotMatch(problems(), /secret|sk-123|Cannot/);
    assert.match(problems(), /It said …\./);
  });

  test('in place of content are in the log only', () => {
    const { log, written, problems } = setup();
    const asked = { registry: 'r.example', host: 'r.example', what: 'r.example/a:b', mediaType: '' };
    log.error(describeForLog(errorInPlace(asked, Buffer.from(JSON.stringify({ error: WORDS })))));
    assert.match(written(), /my secret plan/);
    assert.doesNotMatch(problems(), /secret|sk-123|Cannot/);
  });

  test('that a server could not parse are in the log only, and in the answer', async (t) => {
    const { log, written, problems } = setup();
    const message = `Failed to parse input at pos 0: ${WORDS}`;
    const server = await startScriptedServer(({ path }) => {
      if (path === '/v1/models') return modelList('m');
      return { pieces: events(textEvent(''), { error: { message, code: 500 } }, endEvent()) };
    });
    t.after(() => server.close());
    const engine = new EndpointEngine({ access: endpointAccess(t), log });
    t.after(() => engine.unload());
    await engine.load({ kind: 'endpoint', url: server.url, model: 'm' });
    const answer = await engine.chat({ messages: [{ role: 'user', content: 'Hello' }] });
    assert.equal(answer.text, WORDS);
    assert.match(written(), /my secret plan/);
    assert.match(problems(), /could not read what the model wrote/);
    assert.doesNotMatch(problems(), /secret|sk-123/);
  });
});

test('what was left out of a prompt is in the log only, because it may name files', () => {
  const { log, written, problems } = setup();
  warnOfOmission(log, 'Inline chat', asLocalized('3 lines of secret.ts'));
  assert.equal(written(), 'Inline chat: left out of the prompt: 3 lines of secret.ts');
  assert.match(problems(), /Inline chat: left out of the prompt: …$/);
});
