import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { until } from '../../scripts/support/workbench.ts';
import { MediaType } from '../../src/oci/spec/descriptor.ts';
import { digestOf } from '../../src/oci/spec/digest.ts';
import { sendJson, startFakeRegistry } from '../support/fakeRegistry.ts';
import { gguf, LLAMA } from '../unit/gguf/writer.ts';
import { type Stage, stepsOf } from './scenario.ts';

const GGUF_LAYER = 'application/vnd.docker.ai.gguf.v3';
const JUNK = Buffer.alloc(4096, 'this is no model ');
/** Its header is good, so only its bytes tell what is wrong. */
const MODEL = gguf({ pairs: LLAMA, tensors: [{ name: 'weights', sizes: [1000] }] });
const CONFIG = Buffer.from('{"config":{"format":"gguf"}}');

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function manifestOf(layer: Layer): Buffer {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.imageManifest,
      config: {
        mediaType: 'application/vnd.docker.ai.model.config.v0.1+json',
        digest: digestOf(CONFIG),
        size: CONFIG.length,
      },
      layers: [layer],
    }),
  );
}

const junkLayer: Layer = { mediaType: GGUF_LAYER, digest: digestOf(JUNK), size: JUNK.length };
const otherLayer: Layer = {
  mediaType: GGUF_LAYER,
  digest: digestOf(Buffer.from('something else')),
  size: MODEL.length,
};

/** What the registry sends as the manifest of a repository. */
const MANIFESTS: Readonly<Record<string, Buffer>> = {
  'bad/not-json': Buffer.from('<html><body>Please log in to the hotel network</body></html>'),
  'bad/no-gguf': manifestOf({ ...junkLayer, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }),
  'bad/not-a-gguf': manifestOf(junkLayer),
  'bad/wrong-digest': manifestOf(otherLayer),
  'bad/enormous': manifestOf({ ...otherLayer, size: 2 ** 49 }),
};

function answer(request: IncomingMessage, response: ServerResponse): unknown {
  const [, repository = '', kind, name = ''] =
    /^\/v2\/(.+)\/(manifests|blobs)\/([^/?]+)/.exec(request.url ?? '') ?? [];
  if (repository === 'bad/login') {
    const challenge = { 'www-authenticate': 'Basic realm="fake"' };
    return sendJson(
      response,
      401,
      { errors: [{ code: 'UNAUTHORIZED', message: 'log in first' }] },
      challenge,
    );
  }
  if (repository === 'bad/too-large' && kind === 'manifests') return sendEndless(response);
  const manifest = MANIFESTS[repository];
  if (manifest === undefined) {
    return sendJson(response, 404, { errors: [{ code: 'NAME_UNKNOWN', message: 'no such repository' }] });
  }
  if (kind === 'manifests') {
    return response.writeHead(200, { 'content-type': MediaType.imageManifest }).end(manifest);
  }
  if (name === digestOf(CONFIG)) return response.end(CONFIG);
  return response.end(name === digestOf(JUNK) ? JUNK : MODEL);
}

function sendEndless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': MediaType.imageManifest });
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65536, ' '))) {
      // until the client closes or the buffer is full
    }
  };
  response.on('drain', more);
  more();
}

/** What a person asks for, and what the sentence must say. */
const CASES: readonly [reference: (host: string) => string, sentence: RegExp][] = [
  [() => '127.0.0.1:1/ai/model', /Nothing answers at 127\.0\.0\.1:1/],
  [(host) => `${host}/bad/login`, /requires a sign-in/],
  [(host) => `${host}/bad/missing:tag`, /bad\/missing:tag was not found on/],
  [(host) => `${host}/bad/not-json`, /returned a web page.* instead of/],
  [(host) => `${host}/bad/too-large`, /larger than 4 MiB/],
  [(host) => `${host}/bad/no-gguf`, /container image/],
  [(host) => `${host}/bad/not-a-gguf`, /is not a (?:GGUF model|usable GGUF)/],
  [(host) => `${host}/bad/wrong-digest`, /failed verification/],
  [(host) => `${host}/bad/enormous`, /free/],
];

async function pullAndFail(t: TestContext, stage: Stage, reference: string, sentence: RegExp): Promise<void> {
  const { workbench } = stage;
  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', reference);
  await workbench.acceptInput();
  // The notification of the pull itself has a Cancel button.
  const text = await workbench.waitForNotification(new RegExp(`^(?!.*Cancel ).*(?:${sentence.source})`));
  t.diagnostic(`${reference}: ${text}`);
  // The row of the download goes a moment after the pull has failed.
  await until('nothing listed', async () => !(await workbench.treeRows()).some((row) => row.includes('·')));
  await workbench.clearNotifications();
}

/** Bad input ends in a sentence and lists nothing. The store is empty, and stays so. */
export async function giveBadInput(t: TestContext, stage: Stage): Promise<void> {
  const step = stepsOf(t);
  const fake = await startFakeRegistry((request, response) => void answer(request, response));
  t.after(() => fake.close());
  await stage.workbench.openContainer('OCI Models');
  await step('@local without a model says what to do', async () => {
    const { workbench } = stage;
    const before = await workbench.answerCount();
    await workbench.typeIntoChat('@local Hello');
    await workbench.page.keyboard.press('Enter');
    await workbench.page
      .locator('.interactive-response', { hasText: 'There is no model on this machine yet. Pull one' })
      .waitFor();
    assert.equal(await workbench.answerCount(), before + 1);
    await workbench.page
      .locator('.interactive-response .monaco-button', { hasText: 'Pull OCI Model' })
      .waitFor();
    await stage.shot('no-model');
  });
  for (const [reference, sentence] of CASES) {
    const text = reference(fake.host);
    await step(`a pull of ${text.replace(fake.host, 'registry')}`, (t) =>
      pullAndFail(t, stage, text, sentence),
    );
  }
  await stage.shot('bad-input');
}
