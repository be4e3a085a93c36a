/**
 * A host process without llama.cpp: it speaks the engine's protocol and does what the model's file name and the
 * question say. With it the supervision can be tested in milliseconds.
 */
import { Socket } from 'node:net';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asLocalized } from '../../../../src/base/l10n.ts';
import { PROTOCOL_VERSION } from '../../../../src/engine/llama/call.ts';
import { architecturesCall } from '../../../../src/engine/llama/calls/architectures.ts';
import { type ChatEnd, type ChatEvent, chatCall } from '../../../../src/engine/llama/calls/chat.ts';
import { countCall } from '../../../../src/engine/llama/calls/count.ts';
import { loadCall } from '../../../../src/engine/llama/calls/load.ts';
import { HostError } from '../../../../src/engine/llama/host/hostError.ts';
import { type CallContext, handle, serve } from '../../../../src/engine/llama/host/serve.ts';
import { Turns } from '../../../../src/engine/llama/host/turns.ts';

let model = '';
let answering = 0;
let gpu = 'cpu';

const load = handle(loadCall, async ({ modelPath, contextTokens, gpu: wanted }, { emit }) => {
  model = basename(modelPath);
  if (model === 'needs-cpu.gguf' && wanted === 'auto') process.abort();
  if (model === 'refused.gguf' || model === 'large.gguf') {
    const reason = model === 'large.gguf' ? 'buffer != nullptr && "failed to allocate"' : 'id < n_tokens';
    process.stderr.write(`llama.cpp:1: GGML_ASSERT(${reason}) failed\n`, () => process.abort());
    await new Promise(() => {});
  }
  if (model === 'never.gguf') await new Promise(() => {});
  if (model === 'invalid.gguf') throw new HostError('gguf-invalid', asLocalized('Damaged.'));
  const loaded = { trainContextTokens: 512, threads: 1, infill: false };
  // A header's number that came through as another one.
  if (model === 'gibberish.gguf') return { ...loaded, contextTokens: -1, gpu: 'cpu' };
  if (model === 'absurd.gguf') emit({ fraction: 40 });
  for (const fraction of [0.5, 1]) emit({ fraction });
  await sleep(30);
  gpu = wanted === 'off' ? 'cpu' : 'vulkan';
  return { ...loaded, contextTokens: contextTokens ?? 512, gpu };
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function answer(question: string, { signal, emit }: CallContext<ChatEvent>): Promise<ChatEnd> {
  const ended = (stopReason: ChatEnd['stopReason']): ChatEnd => ({
    stopReason,
    evaluatedTokens: 1,
    answerTokens: 3,
    decodes: 3,
  });
  emit({ evaluatedTokens: 0, totalTokens: 7 });
  if (question === 'needs-cpu' && gpu !== 'cpu') process.abort(); // As a driver that runs out of memory in a prompt.
  emit({ text: `${model} ${question} ${answering} `, answerTokens: 2 });
  switch (question) {
    case 'exit':
      // Behind the events: an answer of which nothing has arrived would be asked for again.
      process.stderr.write('ggml: it is broken\n', () =>
        stream.write(Buffer.alloc(0), () => process.exit(3)),
      );
      return new Promise(() => {});
    case 'hang':
      await aborted(signal);
      return ended('cancelled');
    case 'stubborn':
      // As a batch that cannot be stopped.
      await aborted(signal);
      await sleep(300);
      return ended('cancelled');
    case 'endless':
      // A process in the hands of somebody else.
      while (true) {
        for (let piece = 0; piece < 100; piece++) emit({ text: 'x'.repeat(60_000), answerTokens: 0 });
        await sleep(1);
      }
    case 'remarks':
      while (true) {
        for (let note = 0; note < 50; note++) emit({ note: `${note} ${'x'.repeat(900)}` });
        await sleep(1);
      }
    case 'calls':
      while (true) {
        emit({ call: { name: 'f', arguments: { text: 'x'.repeat(60_000) } }, answerTokens: 0 });
        await sleep(1);
      }
    case 'talkative':
      while (true) {
        emit({ text: '', answerTokens: 500 });
        await sleep(1);
      }
    default:
      emit({ text: 'done', answerTokens: 1 });
      return ended('end');
  }
}

const turns = new Turns();

const chat = handle(chatCall, async ({ messages }, context) => {
  const turn = turns.take('chat', context);
  await turn.begin();
  answering++;
  try {
    if (turn.isCancelled) return { stopReason: 'cancelled', evaluatedTokens: 0, answerTokens: 0, decodes: 0 };
    return await answer(messages.at(-1)?.content ?? '', context);
  } finally {
    answering--;
    turn.end();
  }
});

const count = handle(countCall, async ({ text }) => {
  if (text.startsWith('variable ')) return { tokens: (process.env[text.slice(9)] ?? '').length };
  if (text === 'line without an end') {
    const piece = 'x'.repeat(1_000_000);
    for (let written = 0; written < 100; written++)
      await new Promise((resolve) => process.stdout.write(piece, resolve));
  }
  if (text === 'many lines') for (let line = 0; line < 30_000; line++) service.log('info', `line ${line}`);
  if (text === 'a long message') service.log('info', 'x'.repeat(10_000));
  if (text === 'a huge frame') stream.write(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
  if (text === 'no JSON') stream.write(Buffer.from([0, 0, 0, 1, 0x7b]));
  if (text === 'of nobody') stream.write(frame({ id: 9999, result: {} }));
  return { tokens: text.length };
});

function frame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

const architectures = handle(architecturesCall, async ({ names }) => {
  // With the process a test can count how often it was asked.
  service.log('info', `asked for ${names.join()}`);
  return {
    known: names.filter((name) => name.startsWith('known')),
    unknown: names.filter((name) => name.startsWith('new')),
  };
});

const stream = new Socket({ fd: 3, readable: true, writable: true });
if (process.env['SCRIPTED_VERSION'] !== undefined && PROTOCOL_VERSION > 0)
  stream.write(frame({ hello: Number(process.env['SCRIPTED_VERSION']) }));
const service = serve(stream, [load, chat, count, architectures], { onEnd: () => process.exit(0) });
