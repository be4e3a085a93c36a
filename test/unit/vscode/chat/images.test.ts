/** Images that go with a question: to models on servers that see, and a sentence for all others. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { beforeEach, describe, type TestContext, test } from 'node:test';
import type * as vscode from 'vscode';
import { clearEditor, document, editor, open, Uri } from '../../../support/chatStub.ts';
import {
  endEvent,
  events,
  type ScriptedRequest,
  startScriptedServer,
  textEvent,
} from '../../../support/scriptedServer.ts';
import { until } from '../../../support/until.ts';
import { clearShown } from '../../../support/vscodeStub.ts';
import { chatRoom, lastChat } from './support.ts';

const { ModelProvider } = await import('../../../../src/vscode/chat/modelProvider.ts');

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1);
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 2);
const GIF = new TextEncoder().encode('GIF89a\u0003');
const WEBP = new TextEncoder().encode('RIFF\u0001\u0002\u0003\u0004WEBPVP8 ');
const SCRIPT = { answer: [{ type: 'text', text: 'I see.' }] } as const;
const UNSEEN =
  /^\*This model does not see images\\, so it answers without (.*?)\\\. Choose a model on a server that sees them\\, or describe them in words\\\.\*\n\nI see\./;

/** A picture as VS Code passes one on that was pasted. */
function pasted(id: string, bytes: Uint8Array, mimeType = 'image/png') {
  return { id, value: { mimeType, data: async () => bytes } };
}

function urlPart(mediaType: string, bytes: Uint8Array) {
  const data = Buffer.from(bytes).toString('base64');
  return { type: 'image_url', image_url: { url: `data:${mediaType};base64,${data}` } };
}

function contents({ body }: ScriptedRequest): unknown[] {
  const messages = body?.['messages'] as { content: unknown }[];
  return messages.map(({ content }) => content);
}

/** Turns with models of a server, of which one sees. */
async function serverRoom(t: TestContext) {
  const server = await startScriptedServer(({ method, path }) => {
    if (method === 'POST') return { pieces: events(textEvent('I see.'), endEvent(), '[DONE]') };
    if (path !== '/v1/models') return undefined;
    const model = (id: string, ...inputs: string[]) => ({ id, architecture: { input_modalities: inputs } });
    return { json: { object: 'list', data: [model('seeing', 'text', 'image'), model('blind', 'text')] } };
  });
  t.after(() => server.close());
  const room = await chatRoom(t, SCRIPT, [], server);
  await until(async () => (await room.models.usable()).length === 2);
  const idOf = (name: string) => `endpoint:${server.url}#${name}`;
  await room.models.choose(idOf('seeing'));
  const picked = (name: string) => ({ vendor: 'oci-models', id: idOf(name) });
  const asked = () => server.requests.filter(({ path }) => path === '/v1/chat/completions');
  return { ...room, picked, asked };
}

beforeEach(() => {
  clearEditor();
  clearShown();
});

describe('images that are attached to a question', () => {
  test('go to a model that sees as what their first bytes say, and again with the next question', async (t) => {
    const { turn, picked, asked } = await serverRoom(t);
    const model = picked('seeing');
    editor.files.set('/project/wrong.png', JPEG);
    const references = [
      pasted('paste', PNG, 'image/bmp'),
      { id: 'file', value: Uri.file('/project/wrong.png') },
      pasted('loop', GIF),
      pasted('web', WEBP),
    ];
    const { shown, result } = await turn('What is this?', { model, references });
    assert.match(shown.text, /^I see\./);
    assert.equal(shown.references.length, 1, 'the file can be opened');
    const parts = [
      urlPart('image/png', PNG),
      urlPart('image/jpeg', JPEG),
      urlPart('image/gif', GIF),
      urlPart('image/webp', WEBP),
      { type: 'text', text: 'What is this?' },
    ];
    assert.deepEqual(contents(asked()[0] as ScriptedRequest).slice(1), [parts]);
    assert.equal(
      result.metadata.images?.[0],
      createHash('sha256').update(PNG).digest('hex'),
      'no bytes are kept twice',
    );
    await turn('And now?', { model });
    assert.deepEqual(contents(asked()[1] as ScriptedRequest).slice(1), [parts, 'I see.', 'And now?']);
    editor.files.set('/project/wrong.png', GIF);
    const { shown: third } = await turn('Still?', { model });
    assert.deepEqual(contents(asked()[2] as ScriptedRequest)[1], [parts[0], parts[2], ...parts.slice(3)]);
    assert.deepEqual(third.progress, [
      'Left out: an image of an earlier question\\, which is not there any more',
    ]);
  });

  test('are what a command is about, if there is no code', async (t) => {
    const { turn, picked, asked } = await serverRoom(t);
    await turn('', { model: picked('seeing'), command: 'explain', references: [pasted('paste', PNG)] });
    assert.deepEqual((contents(asked()[0] as ScriptedRequest)[1] as unknown[])[0], urlPart('image/png', PNG));
  });

  test('are no part of a command if VS Code attached them unasked, because they are open', async (t) => {
    const { turn, picked, asked } = await serverRoom(t);
    const model = picked('seeing');
    editor.files.set('/project/open.png', PNG);
    const implicit = { id: 'vscode.implicit.file', value: Uri.file('/project/open.png') };
    const image = { id: 'file', value: Uri.file('/project/open.png') };
    open(document('/project/a.ts', 'let a = 1;'));
    for (const references of [[implicit], [implicit, pasted('paste', GIF)]]) {
      await turn('', { model, command: 'explain', references });
    }
    editor.active = undefined;
    await assert.rejects(
      turn('', { model, command: 'explain', references: [implicit] }),
      /no code to explain/,
    );
    await turn('', { model, command: 'explain', references: [implicit, image] });
    await turn('What is this?', { model, references: [implicit] });
    const images = asked().map((request) => {
      const question = contents(request).at(-1);
      return Array.isArray(question) ? question.filter((part) => part.type === 'image_url') : [];
    });
    const png = urlPart('image/png', PNG);
    assert.deepEqual(images, [[], [urlPart('image/gif', GIF)], [png], [png]]);
  });

  test('are left out if they are too large or no images, and that is said', async (t) => {
    const { turn, picked, asked } = await serverRoom(t);
    const large = new Uint8Array(10_000_001);
    large.set(PNG);
    editor.files.set('/project/large.png', large);
    editor.files.set('/project/text.png', new TextEncoder().encode('no image'));
    const references = [
      ...['large.png', 'text.png', 'gone.png'].map((name) => ({
        id: name,
        value: Uri.file(`/project/${name}`),
      })),
      pasted('paste', large),
    ];
    const { shown, result } = await turn('What is this?', { model: picked('seeing'), references });
    assert.equal(contents(asked()[0] as ScriptedRequest)[1], 'What is this?');
    assert.deepEqual(shown.progress.toSorted(), [
      'Left out: gone\\.png\\, which cannot be read',
      'Left out: large\\.png\\, which is larger than 10\\.0 MB',
    ]);
    assert.match(shown.text, /Left out\\: text\\\.png\\, which is no PNG\\, JPEG\\, GIF or WebP image/);
    assert.match(shown.text, /Left out\\: paste\\, which is larger than 10\\\.0 MB/);
    assert.equal(result.metadata.images, undefined);
  });

  test('are read up to the size of a request, the latest first', async (t) => {
    const { turn, picked, asked } = await serverRoom(t);
    const large = (id: string) => ({
      id,
      value: {
        mimeType: 'image/png',
        data: async () => {
          const bytes = new Uint8Array(9_000_000);
          bytes.set(PNG);
          return bytes;
        },
      },
    });
    for (const name of ['a', 'b']) editor.files.set(`/project/${name}.png`, await large(name).value.data());
    const references = [
      ...['a', 'b'].map((name) => ({ id: name, value: Uri.file(`/project/${name}.png`) })),
      ...['c', 'd', 'e'].map(large),
    ];
    const { shown } = await turn('What is this?', { model: picked('seeing'), references });
    const [question] = asked();
    assert.ok(question !== undefined);
    const parts = contents(question).at(-1) as unknown[];
    assert.equal(parts.length, 4, 'three images and the text');
    assert.match(String(shown.progress), /b\\\.png\\, because the images .* 30\\\.0 MB together/);
    assert.match(String(shown.progress), /a\\\.png\\, because/);
  });

  test('are told from folders that have such a name', async (t) => {
    const { turn, picked, asked } = await serverRoom(t);
    editor.folders.set('/project/icons.png', { 'a.svg': false });
    const references = [{ id: 'folder', value: Uri.file('/project/icons.png') }];
    const { shown } = await turn('What is there?', { model: picked('seeing'), references });
    assert.equal(
      contents(asked()[0] as ScriptedRequest)[1],
      'Files in icons.png:\n```\na.svg\n```\n\nWhat is there?',
    );
    assert.deepEqual(shown.progress, []);
  });

  test('are read once as long as they are what they were', async (t) => {
    const { turn, picked, asked } = await serverRoom(t);
    const model = picked('seeing');
    const path = '/project/a.png';
    editor.files.set(path, PNG);
    const references = [{ id: 'file', value: Uri.file(path) }];
    for (const prompt of ['One?', 'Two?', 'Three?']) await turn(prompt, { model, references });
    assert.deepEqual(editor.reads, [path]);
    assert.equal(JSON.stringify(asked()[2]?.body).split('image_url"').length - 1, 2 * 3);
    editor.files.set(
      path,
      Uint8Array.from(PNG, (byte, at) => (at === PNG.length - 1 ? 2 : byte)),
    );
    const { shown } = await turn('Four?', { model });
    assert.deepEqual(editor.reads, [path, path], 'of the same size, but later');
    assert.deepEqual(shown.progress, [
      'Left out: 3 images of earlier questions\\, which are not there any more',
    ]);
  });

  test('of long conversations are read as far as a request has room, and that is said', async (t) => {
    const { turn, picked, asked } = await serverRoom(t);
    const model = picked('seeing');
    const names = ['a', 'b', 'c', 'd', 'e'];
    const progress: string[][] = [];
    for (const name of names) {
      const path = `/project/${name}.png`;
      const bytes = new Uint8Array(9_000_000);
      bytes.set(PNG);
      bytes[100] = name.charCodeAt(0);
      editor.files.set(path, bytes);
      const { shown } = await turn(name, { model, references: [{ id: 'file', value: Uri.file(path) }] });
      progress.push(shown.progress);
    }
    const tooMuch = 'because the images of this conversation take more than 30\\.0 MB together';
    assert.deepEqual(progress, [
      [],
      [],
      [],
      [`Left out: an image of an earlier question\\, ${tooMuch}`],
      [`Left out: 2 images of earlier questions\\, ${tooMuch}`],
    ]);
    assert.deepEqual(
      editor.reads,
      names.map((name) => `/project/${name}.png`),
      'each once',
    );
    assert.equal(JSON.stringify(asked()[4]?.body).split('image_url"').length - 1, 2 * 3);
  });

  for (const kind of ['a model on a server', 'a model on this machine'] as const) {
    test(`are not sent to ${kind} that does not see, which the first line says`, async (t) => {
      const { turn, picked, asked, engines, models } =
        kind === 'a model on a server'
          ? await serverRoom(t)
          : { ...(await chatRoom(t, SCRIPT)), picked: () => undefined, asked: () => [] };
      const model = picked('blind');
      if (model !== undefined) await models.choose(model.id);
      const references = [pasted('paste', PNG), pasted('other', JPEG)];
      const { shown, result } = await turn('What is this?', { model, references });
      assert.equal(UNSEEN.exec(shown.text)?.[1], 'paste\\, other');
      const question =
        kind === 'a model on a server'
          ? contents(asked()[0] as ScriptedRequest)[1]
          : lastChat(engines).at(-1)?.content;
      assert.equal(question, 'What is this?');
      assert.ok(lastChat(engines).every((message) => !('images' in message)));
      assert.deepEqual([result.metadata.answer, result.metadata.images], ['I see.', undefined]);
      const { shown: next } = await turn('And now?', { model });
      assert.match(next.text, /^I see\./, 'it is said once');
    });
  }
});

describe('images from VS Code’s own chat', () => {
  test('go to models that see, which VS Code is told are exactly those', async (t) => {
    const { models, offered, services, asked } = await serverRoom(t);
    const provider = new ModelProvider(models, offered, services.log);
    t.after(() => provider.dispose());
    const all = await provider.provideLanguageModelChatInformation();
    assert.deepEqual(
      all.map(({ name, capabilities }) => [name, capabilities.imageInput]),
      [
        ['seeing', true],
        ['blind', false],
      ],
    );
    const parts = (await import('vscode')) as unknown as {
      LanguageModelDataPart: new (data: Uint8Array, mimeType: string) => object;
      LanguageModelTextPart: new (value: string) => object;
      LanguageModelToolCallPart: new (callId: string, name: string, input: object) => object;
      LanguageModelToolResultPart: new (callId: string, content: readonly object[]) => object;
    };
    const image = new parts.LanguageModelDataPart(JPEG, 'image/png');
    const question = [{ role: 1, content: [image, new parts.LanguageModelTextPart('What is this?')] }];
    const call = new parts.LanguageModelToolCallPart('c1', 'screenshot', {});
    const result = new parts.LanguageModelToolResultPart('c1', [
      new parts.LanguageModelTextPart('Taken.'),
      image,
    ]);
    const loop = [
      { role: 1, content: [new parts.LanguageModelTextPart('Look.')] },
      { role: 2, content: [call] },
      { role: 1, content: [result] },
    ];
    const ask = async (
      information: vscode.LanguageModelChatInformation,
      given: readonly object[] = question,
      tools: readonly object[] = [],
    ): Promise<string[]> => {
      const messages = given as unknown as vscode.LanguageModelChatMessage[];
      const said: unknown[] = [];
      const progress = { report: (part: unknown) => void said.push(part) };
      const token = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };
      await provider.provideLanguageModelChatResponse(
        information,
        messages,
        { toolMode: 1, tools } as unknown as vscode.ProvideLanguageModelChatResponseOptions,
        progress,
        token as vscode.CancellationToken,
      );
      return said.map((part) => String(Reflect.get(part as object, 'value')));
    };
    const [seeing, blind] = all as [(typeof all)[0], (typeof all)[0]];
    assert.deepEqual((await ask(seeing))[0], 'I see.');
    assert.deepEqual(contents(asked()[0] as ScriptedRequest).at(-1), [
      urlPart('image/jpeg', JPEG),
      { type: 'text', text: 'What is this?' },
    ]);
    const [aside] = await ask(blind);
    assert.match(aside ?? '', /^This model does not see images\\, so it answers without an image\\\./);
    assert.equal(contents(asked()[1] as ScriptedRequest).at(-1), 'What is this?');

    await ask(seeing, loop);
    assert.deepEqual(contents(asked()[2] as ScriptedRequest).slice(-2), [
      'Taken.',
      [urlPart('image/jpeg', JPEG), { type: 'text', text: 'These images are of the results above.' }],
    ]);
    assert.match((await ask(blind, loop))[0] ?? '', /^This model does not see images/);
    assert.equal(contents(asked()[3] as ScriptedRequest).at(-1), 'Taken.');

    // VS Code's inline chat.
    const code = '```ts\nlet a = 1;\n```';
    const selection = `<file-selection>\n${code}\n</file-selection>`;
    const file = `The filepath is \`/a.ts\`:\n<file>\n${code}\n</file>\n${selection}`;
    const inline = [file, '<prompt>\nAdd a line.\n</prompt>'].map((text) => {
      return new parts.LanguageModelTextPart(text);
    });
    const bad = new parts.LanguageModelDataPart(Uint8Array.of(1, 2, 3), 'image/png');
    const request = inline.map((text, index) => ({ role: 1, content: [text, index === 0 ? image : bad] }));
    const tools = [{ name: 'replace_string_in_file' }];
    const said = await ask(seeing, request, tools);
    assert.match(said[0] ?? '', /^Left out\\: an image\\, which is no PNG\\, JPEG\\, GIF or WebP image/);
    const edit = contents(asked()[4] as ScriptedRequest).find((content) => Array.isArray(content));
    assert.deepEqual(
      (edit as { type: string }[]).filter(({ type }) => type === 'image_url'),
      [urlPart('image/jpeg', JPEG)],
    );
    const unseen = await ask(blind, request, tools);
    assert.match(unseen[0] ?? '', /^This model does not see images\\, so it answers without an image/);
    assert.ok(!JSON.stringify(asked()[5]?.body).includes('image_url'));
  });
});
