/**
 * The process that runs one model. It is started by `ProcessEngine` with an IPC channel and ends when that
 * channel closes, whatever it is doing.
 */
import { z } from 'zod';
import { ModelError } from '../../../base/error.ts';
import {
  type HostMessage,
  type HostRequest,
  hostErrorCodeSchema,
  hostRequestSchema,
  PROTOCOL_VERSION,
} from '../protocol.ts';
import { answer } from './answer.ts';
import { askArchitectures } from './architectures.ts';
import { HostError, reasonOf } from './failure.ts';
import { LlamaLog } from './log.ts';
import { findDevices, type HostModel, hasInfill, loadHostModel } from './model.ts';

const running = new Map<number, AbortController>();
let host: HostModel | undefined;

function send(message: HostMessage): void {
  // Without a channel the process is about to end, and nobody is left to tell.
  if (process.connected) process.send?.(message);
}

const llamaLog = new LlamaLog((level, message) => send({ type: 'log', level, message }));

function sendFailure(id: number, error: unknown): void {
  const known = error instanceof HostError || error instanceof ModelError;
  const code = known ? hostErrorCodeSchema.safeParse(error.code).data : undefined;
  const message = known ? error.message : `llama.cpp failed: ${reasonOf(error)}. Load the model again.`;
  send({ type: 'failed', id, code: code ?? 'engine-error', message });
}

function loadedModel(): HostModel {
  if (host === undefined) throw new HostError('engine-error', 'No model is loaded in the engine process.');
  return host;
}

async function load(request: Extract<HostRequest, { type: 'load' }>): Promise<void> {
  if (host !== undefined)
    throw new HostError('engine-error', 'A model is loaded in the engine process already.');
  llamaLog.restart();
  host = await loadHostModel(request, llamaLog, (fraction) =>
    send({ type: 'progress', id: request.id, fraction }),
  );
  send({
    type: 'loaded',
    id: request.id,
    contextTokens: host.context.contextSize,
    trainContextTokens: host.model.trainContextSize,
    threads: host.threads,
    gpu: host.gpu,
    infill: hasInfill(host.model),
  });
}

async function chat(request: Extract<HostRequest, { type: 'chat' }>): Promise<void> {
  const { id } = request;
  const controller = new AbortController();
  running.set(id, controller);
  llamaLog.restart();
  try {
    const sink = {
      prompt: (promptTokens: number) => send({ type: 'prompt', id, promptTokens }),
      text: (text: string, answerTokens: number) => send({ type: 'text', id, text, answerTokens }),
    };
    const end = await answer(loadedModel(), request, sink, controller.signal);
    if (end.thoughtTokens > 0) {
      const message = `The model spent ${end.thoughtTokens} tokens on thoughts, which are not part of the answer`;
      send({ type: 'log', level: 'info', message });
    }
    send({ type: 'answer', id, stopReason: end.stopReason, evaluatedTokens: end.evaluatedTokens });
  } finally {
    running.delete(id);
  }
}

async function handle(request: HostRequest): Promise<void> {
  switch (request.type) {
    case 'load':
      return load(request);
    case 'chat':
      return chat(request);
    case 'count': {
      const tokens = loadedModel().model.tokenize(request.text).length;
      return send({ type: 'counted', id: request.id, tokens });
    }
    case 'devices':
      return send({ type: 'devices', id: request.id, ...(await findDevices(llamaLog)) });
    case 'architectures':
      return send({
        type: 'architectures',
        id: request.id,
        ...(await askArchitectures(request.names, llamaLog)),
      });
    case 'cancel':
      return running.get(request.id)?.abort();
  }
}

process.on('message', (message: unknown) => {
  const parsed = hostRequestSchema.safeParse(message);
  if (parsed.success) {
    handle(parsed.data).catch((error: unknown) => sendFailure(parsed.data.id, error));
    return;
  }
  const reason = `The engine process does not understand the request: ${parsed.error.message}`;
  const id = z.object({ id: z.number() }).safeParse(message).data?.id;
  if (id === undefined) send({ type: 'log', level: 'error', message: reason });
  else sendFailure(id, new HostError('engine-error', reason));
});

// Nothing has to be saved, and the destructors of a native library would first wait for the running batch
// or crash in it. So the process does not exit: it is killed, by itself.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

send({ type: 'hello', version: PROTOCOL_VERSION });
