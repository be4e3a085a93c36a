/** The calls between the download thread and the one that started it, over birpc. */
import type { IncomingHttpHeaders } from 'node:http';
import { ModelError, type ModelErrorCode } from '../../base/error.ts';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { isTooManyFiles, tooManyFiles } from '../../base/openFiles.ts';
import type { Credential, Descriptor, Mirror, Reference } from '../../oci/index.ts';
import type { Exchange, NetworkSettings } from '../../oci/network/index.ts';
import type { LineLimits, MoveOutcome } from '../mover.ts';
import type { ArchiveRequest } from '../unpack/request.ts';

/** The settings with which a registry is reached, taken when a move begins. */
export interface NetworkSnapshot {
  readonly settings: NetworkSettings;
  /** True to use the editor's own networking. */
  readonly preferEditor: boolean;
  readonly mirrors: readonly Mirror[];
  readonly plainHttp: boolean;
  readonly userAgent: string;
}

/** A move as a message. */
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

/** A {@link ModelError} as a message, because structured cloning loses an error's class. */
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

/** The end of a move. */
export interface MoveResult {
  readonly progress: ProgressMessage;
  readonly outcome: Outcome<MoveOutcome>;
}

/** A request for the editor's own networking. Its body can be sent again. */
export interface EditorRequest {
  readonly id: number;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | undefined;
}

/** The result of a call that may fail. */
export type Outcome<Value> = { readonly value: Value } | { readonly error: ErrorMessage };

/** The functions of the thread. */
export interface WorkerFunctions {
  move(job: MoveJob): Promise<MoveResult>;
  cancel(id: number): void;
  /** Drops the tokens for a registry whose login has changed. */
  forgetLogin(registry: string): void;
}

/** The functions that the thread calls in the one that started it. */
export interface ClientFunctions {
  progress(id: number, progress: ProgressMessage): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string): void;
  /** Returns the login for a registry, or for one of its repositories. Secret. */
  credential(registry: string, repository?: string): Promise<Outcome<Credential | undefined>>;
  /** Drops a login that was refused, so that the next `credential` asks its source again. */
  forgetCredential(registry: string): void;
  loginRefused(registry: string): void;
  /** Tells of an exchange that has ended. */
  exchanged(exchange: Exchange): void;
  editorSend(
    request: EditorRequest,
  ): Promise<Outcome<{ readonly status: number; readonly headers: IncomingHttpHeaders }>>;
  /** Returns the next piece of a body, or undefined at its end. */
  editorRead(id: number): Promise<Outcome<Uint8Array | undefined>>;
  editorEnd(id: number): void;
}

/** Functions of {@link ClientFunctions} without an answer. */
export const CLIENT_EVENTS = [
  'progress',
  'log',
  'forgetCredential',
  'loginRefused',
  'exchanged',
  'editorEnd',
] as const;

/** Functions of {@link WorkerFunctions} without an answer. */
export const WORKER_EVENTS = ['cancel', 'forgetLogin'] as const;

/** Returns the text of a download that stopped because of an error that is not a ModelError. */
export function stoppedText(cause: unknown): Localized {
  return isTooManyFiles(cause)
    ? t('The download stopped: {0}.', tooManyFiles())
    : t('The download stopped unexpectedly ({0}). Pull again to resume it.', String(cause));
}

/** Converts an error to a message. */
export function errorMessage(error: unknown): ErrorMessage {
  if (!(error instanceof ModelError)) {
    return { code: 'store-error', message: stoppedText(error), retryable: false };
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

/** Converts a message back to its error. */
export function errorOf({ code, message, ...details }: ErrorMessage): ModelError {
  const { retryable, registry, status, retryAfterMs, signInHelps = false, cause } = details;
  // The other thread has localized the message.
  return new ModelError(code, asLocalized(message), {
    retryable,
    signInHelps,
    cause,
    ...(registry === undefined ? {} : { registry }),
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Returns the outcome of `call`, with a failure as a message. */
export async function outcomeOf<Value>(call: () => Promise<Value>): Promise<Outcome<Value>> {
  try {
    return { value: await call() };
  } catch (error) {
    return { error: errorMessage(error) };
  }
}

/** Returns the value of an outcome. @throws its error. */
export function requireValue<Value>(outcome: Outcome<Value>): Value {
  if ('error' in outcome) throw errorOf(outcome.error);
  return outcome.value;
}
