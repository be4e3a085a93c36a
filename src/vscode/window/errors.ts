/** Explains failures to the user: one sentence and the buttons that repair it. Cancellation is silent. */
import * as vscode from 'vscode';
import { isModelError, ModelError, type ModelErrorCode } from '../../base/error.ts';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { DamagedModelError, isEndpointId, ModelGoneError } from '../../session/index.ts';
import { StoreFolderError } from '../../store/index.ts';
import type { SettingKey } from '../commands/ids.generated.ts';
import {
  type Action,
  type Button,
  editEndpoint,
  offer,
  openSettings,
  pull,
  pullAgain,
  selectAnother,
  showLog,
  signIn,
} from './buttons.ts';
import { showFailure } from './notify.ts';

/** Returns true if signing in to the error's registry may repair it. */
export function asksForSignIn(error: unknown): error is ModelError {
  if (!isModelError(error)) return false;
  return error.code === 'auth-required' || error.code === 'auth-denied' || error.signInHelps;
}

type Repair = (error: ModelError) => Button;

const signInThere: Repair = ({ registry }) => signIn(registry);
const setting =
  (key: SettingKey): Repair =>
  () =>
    openSettings(key);

/** The buttons for each kind of failure, the most likely repair first. */
const REPAIRS: Readonly<Record<ModelErrorCode, readonly Repair[]>> = {
  'auth-required': [signInThere, showLog],
  'auth-denied': [signInThere, showLog],
  'rate-limited': [showLog],
  'no-model': [pull],
  'out-of-memory': [setting('engine.contextSize'), selectAnother],
  'context-overflow': [setting('engine.contextSize')],
  'gguf-invalid': [selectAnother, showLog],
  'unsupported-artifact': [pull, showLog],
  'disk-full': [setting('storePath')],
  tls: [setting('extraCaFile'), showLog],
  'reference-invalid': [],
  'read-only': [],
  // Nothing is selected, open or left: the sentence says what to do, and the log knows no more.
  'no-subject': [],
  cancelled: [],
  'not-found': [showLog],
  offline: [showLog],
  'registry-error': [showLog],
  'manifest-invalid': [showLog],
  'digest-mismatch': [showLog],
  'size-mismatch': [showLog],
  'store-error': [showLog],
  'store-busy': [showLog],
  'engine-unavailable': [showLog],
  'engine-crashed': [showLog],
  'engine-error': [showLog],
  'endpoint-denied': [editEndpoint, showLog],
};

function repairsOf(error: ModelError): Button[] {
  if (error instanceof StoreFolderError) return [openSettings('storePath'), showLog()];
  if (error instanceof DamagedModelError) return [pullAgain(error.id), selectAnother(), showLog()];
  if (error instanceof ModelGoneError) {
    return isEndpointId(error.id) ? [selectAnother()] : [selectAnother(), pullAgain(error.id)];
  }
  const repairs = REPAIRS[error.code].map((repair) => repair(error));
  // Limits are higher for users who sign in.
  return error.signInHelps ? [signIn(error.registry), ...repairs] : repairs;
}

/** A failure as it is shown. */
export interface Explanation {
  readonly message: Localized;
  readonly repairs: readonly Button[];
}

/** Returns the sentence and the repairs of a failure, or undefined for a canceled operation, which shows nothing. */
export function explain(error: unknown): Explanation | undefined {
  if (error instanceof vscode.CancellationError) return undefined;
  if (error instanceof ModelError) {
    if (error.code === 'cancelled') return undefined;
    return { message: messageOf(error), repairs: repairsOf(error) };
  }
  return { message: messageOf(error), repairs: [showLog()] };
}

/** Returns the message of a failure. */
export function messageOf(error: unknown): Localized {
  // The message of a ModelError was localized when the error was created.
  if (error instanceof ModelError) return asLocalized(error.message);
  const text = error instanceof Error ? error.message : String(error);
  return t('OCI Models encountered an unexpected error: {0}. The log has the details.', text);
}

/** Formats a failure for the log, with the chain of causes. */
export function describeForLog(error: unknown): string {
  const lines: string[] = [];
  for (let rest: unknown = error, depth = 0; rest !== undefined && depth < 5; depth++) {
    if (!(rest instanceof Error)) {
      lines.push(String(rest));
      break;
    }
    const code = rest instanceof ModelError ? ` [${rest.code}]` : '';
    const stack = rest instanceof ModelError ? rest.message : (rest.stack ?? rest.message);
    lines.push(`${rest.name}${code}: ${stack}`);
    rest = rest.cause;
  }
  return lines.join('\n  caused by ');
}

/** Failures that would only repeat, whatever the user does meanwhile. */
const FINAL: ReadonlySet<ModelErrorCode> = new Set([
  'reference-invalid',
  'unsupported-artifact',
  'manifest-invalid',
  'gguf-invalid',
]);

/**
 * Logs a failure and shows it without waiting until the notification is closed.
 * @param retry offered as a button if the same action may succeed later.
 */
export function showError(error: unknown, log: Log, retry?: () => void): void {
  const explanation = explain(error);
  if (explanation === undefined) return;
  log.error(describeForLog(error));
  const isFinal = error instanceof ModelError && FINAL.has(error.code);
  const again: Action[] = retry === undefined || isFinal ? [] : [{ title: t('Retry'), run: retry }];
  void offer(showFailure, explanation.message, ...again, ...explanation.repairs);
}
