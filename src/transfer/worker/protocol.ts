/** What the thread that moves bytes and the one that asked for it say to each other, over birpc. */
import type { IncomingHttpHeaders } from 'node:http';
import { ModelError, type ModelErrorCode } from '../../base/error.ts';
import { isTooManyFiles, tooManyFiles } from '../../base/openFiles.ts';
import type { Credential, Descriptor, Mirror, Reference } from '../../oci/index.ts';
import type { NetworkSettings } from '../../oci/network/index.ts';
import type { LineLimits, MoveOutcome } from '../mover.ts';
import type { ArchiveRequest } from '../unpack/request.ts';

/** How a registry is reached: what settings say when a move begins. */
export interface NetworkSnapshot {
  readonly settings: NetworkSettings;
  /** Whether the editor's own networking is to be used. */
  readonly preferEditor: boolean;
  readonly mirrors: readonly Mirror[];
  readonly plainHttp: boolean;
  readonly userAgent: string;
}

/** Blobs that are to be brought. */
export interface MoveJob {
  readonly id: number;
  /** Folder of the store. */
  readonly root: string;
  readonly reference: Reference;
  readonly blobs: readonly Descriptor[];
  readonly archives: readonly ArchiveRequest[];
  readonly limits: LineLimits;
  readonly network: NetworkSnapshot;
}

/** {@link MoveProgress} as a message. */
export interface ProgressMessage {
  readonly done: readonly (readonly [digest: string, bytes: number])[];
  readonly fetchedBytes: number;
}

/** A {@link ModelError} as a message; an error's class does not survive on the way. */
export interface ErrorMessage {
  readonly code: ModelErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly registry?: string | undefined;
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly signInHelps?: boolean | undefined;
  readonly cause?: string | undefined;
}

/** How a move ended. */
export interface MoveResult {
  readonly progress: ProgressMessage;
  readonly outcome: Outcome<MoveOutcome>;
}

/** A request for the editor's own networking, whose body can be sent again. */
export interface EditorRequest {
  readonly id: number;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | undefined;
}

/** What comes back of a call that may fail. */
export type Outcome<Value> = { readonly value: Value } | { readonly error: ErrorMessage };

/** What the worker does. */
export interface WorkerFunctions {
  move(job: MoveJob): Promise<MoveResult>;
  cancel(id: number): void;
  /** The login for a registry has changed: what was got with the one before is forgotten. */
  forgetLogin(registry: string): void;
}

/** What the worker asks of the thread that started it. */
export interface ClientFunctions {
  progress(id: number, progress: ProgressMessage): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string): void;
  /** The login for a registry, or for a repository of it. Secret. */
  credential(registry: string, repository?: string): Promise<Outcome<Credential | undefined>>;
  /** The login was refused: the next `credential` asks where it comes from. */
  forgetCredential(registry: string): void;
  loginRefused(registry: string): void;
  editorSend(
    request: EditorRequest,
  ): Promise<Outcome<{ readonly status: number; readonly headers: IncomingHttpHeaders }>>;
  /** The next piece of a body; undefined at its end. */
  editorRead(id: number): Promise<Outcome<Uint8Array | undefined>>;
  editorEnd(id: number): void;
}

/** Functions of {@link ClientFunctions} that nobody waits for. */
export const CLIENT_EVENTS = ['progress', 'log', 'forgetCredential', 'loginRefused', 'editorEnd'] as const;

/** Functions of {@link WorkerFunctions} that nobody waits for. */
export const WORKER_EVENTS = ['cancel', 'forgetLogin'] as const;

/** An error as a message. */
export function errorMessage(error: unknown): ErrorMessage {
  if (!(error instanceof ModelError)) {
    const message = isTooManyFiles(error)
      ? `The download could not go on: ${tooManyFiles()}.`
      : `The download stopped unexpectedly: ${String(error)}. Pull again to go on.`;
    return { code: 'store-error', message, retryable: false };
  }
  const { code, message, retryable, registry, status, retryAfterMs, signInHelps, cause } = error;
  return {
    code,
    message,
    retryable,
    registry,
    status,
    retryAfterMs,
    signInHelps,
    cause: cause === undefined ? undefined : String(cause),
  };
}

/** The error of a message. */
export function errorOf({ code, message, ...details }: ErrorMessage): ModelError {
  const { retryable, registry, status, retryAfterMs, signInHelps = false, cause } = details;
  return new ModelError(code, message, {
    retryable,
    signInHelps,
    cause,
    ...(registry === undefined ? {} : { registry }),
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** The outcome of `call`, with a failure as a message. */
export async function outcomeOf<Value>(call: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { value: await call() };
  } catch (error) {
    return { error: errorMessage(error) };
  }
}

/** @throws the error of an outcome. */
export function requireValue<Value>(outcome: Outcome<Value>): Value {
  if ('error' in outcome) throw errorOf(outcome.error);
  return outcome.value;
}
