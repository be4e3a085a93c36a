/**
 * A host process without llama.cpp: it speaks the engine's protocol and does what the model's file name and the
 * question say. With it the supervision can be tested in milliseconds.
 */
import { basename } from 'node:path';
import {
  type ChatRequest,
  type HostMessage,
  hostRequestSchema,
  type LoadRequest,
  PROTOCOL_VERSION,
} from '../../../../src/engine/llama/protocol.ts';

const cancels = new Map<number, () => void>();
let model = '';
let answering = 0;

function send(message: HostMessage): void {
  process.send?.(message);
}

function load({ id, modelPath, contextTokens, gpu }: LoadRequest): void {
  model = basename(modelPath);
  if (model === 'needs-cpu.gguf' && gpu === 'auto') process.abort();
  if (model === 'never.gguf') return;
  if (model === 'gibberish.gguf') {
    // A header's number that came through as another one.
    const loaded = { contextTokens: -1, trainContextTokens: -1, threads: 1, gpu: 'cpu', infill: false };
    send({ type: 'loaded', id, ...loaded });
    return;
  }
  if (model === 'invalid.gguf') {
    send({ type: 'failed', id, code: 'gguf-invalid', message: 'Damaged.' });
    return;
  }
  for (const fraction of [0.5, 1]) send({ type: 'progress', id, fraction });
  setTimeout(() => {
    const loaded = {
      contextTokens: contextTokens ?? 512,
      trainContextTokens: 512,
      threads: 1,
      infill: false,
    };
    send({ type: 'loaded', id, gpu: gpu === 'off' ? 'cpu' : 'vulkan', ...loaded });
  }, 30);
}

function chat({ id, messages }: ChatRequest): void {
  const end = (stopReason: 'end' | 'cancelled'): void => {
    answering--;
    send({ type: 'answer', id, stopReason, evaluatedTokens: 1 });
  };
  const question = messages.at(-1)?.content ?? '';
  answering++;
  send({ type: 'prompt', id, promptTokens: 7 });
  send({ type: 'text', id, text: `${model} ${question} ${answering} `, answerTokens: 2 });
  if (question === 'exit') {
    process.stderr.write('ggml: it is broken\n', () => process.exit(3));
  } else if (question === 'hang') {
    cancels.set(id, () => end('cancelled'));
  } else if (question === 'stubborn') {
    // As a batch that cannot be stopped.
    cancels.set(id, () => setTimeout(() => end('cancelled'), 300));
  } else {
    send({ type: 'text', id, text: 'done', answerTokens: 1 });
    end('end');
  }
}

process.on('message', (value) => {
  const request = hostRequestSchema.parse(value);
  if (request.type === 'load') load(request);
  else if (request.type === 'chat') chat(request);
  else if (request.type === 'count') send({ type: 'counted', id: request.id, tokens: request.text.length });
  else if (request.type === 'architectures') {
    const { id, names } = request;
    const known = names.filter((name) => name.startsWith('known'));
    const unknown = names.filter((name) => name.startsWith('new'));
    // With the process a test can count how often it was asked.
    send({ type: 'log', level: 'info', message: `asked for ${names.join()}` });
    send({ type: 'architectures', id, known, unknown });
  } else cancels.get(request.id)?.();
});
process.on('disconnect', () => process.exit(0));
send({ type: 'hello', version: Number(process.env['SCRIPTED_VERSION'] ?? PROTOCOL_VERSION) });
