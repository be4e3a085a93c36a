/** How a failure reaches the user: one sentence and the buttons that repair it. Cancellation is silent. */
import * as vscode from 'vscode';
import { isModelError, ModelError, type ModelErrorCode } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';
import { FolderInUseError } from '../../store/index.ts';
import { showFailure } from './notify.ts';

/** A button that repairs, as a command. */
export interface Repair {
  readonly title: string;
  readonly command: string;
  readonly arguments?: readonly unknown[];
}

const pull = (): Repair => ({ title: vscode.l10n.t('Pull OCI Model'), command: 'ociModels.model.pull' });
const select = (): Repair => ({
  title: vscode.l10n.t('Select Another Model'),
  command: 'ociModels.model.select',
});
const showLog = (): Repair => ({ title: vscode.l10n.t('Show Log'), command: 'ociModels.log.show' });
const openSettings = (key: string): Repair => ({
  title: vscode.l10n.t('Open Settings'),
  command: 'workbench.action.openSettings',
  arguments: [`ociModels.${key}`],
});

const signIn = (registry: string | undefined): Repair => ({
  title: vscode.l10n.t('Sign In'),
  command: 'ociModels.registry.signIn',
  ...(registry === undefined ? {} : { arguments: [registry] }),
});

/** Tells whether a sign-in to the error's registry may repair it. */
export function asksForSignIn(error: unknown): error is ModelError {
  if (!isModelError(error)) return false;
  return error.code === 'auth-required' || error.code === 'auth-denied' || error.signInHelps;
}

function repairsOf(error: ModelError): Repair[] {
  const { code, registry } = error;
  if (error instanceof FolderInUseError) return [openSettings('storePath'), showLog()];
  if (asksForSignIn(error)) return [signIn(registry), showLog()];
  switch (code) {
    case 'no-model':
      return [pull()];
    case 'out-of-memory':
      return [openSettings('engine.contextSize'), select()];
    case 'context-overflow':
      return [openSettings('engine.contextSize')];
    case 'gguf-invalid':
      return [select(), showLog()];
    case 'unsupported-artifact':
      return [pull(), showLog()];
    case 'disk-full':
      return [openSettings('storePath')];
    case 'tls':
      return [openSettings('extraCaFile'), showLog()];
    case 'reference-invalid':
    case 'read-only':
    case 'cancelled':
      return [];
    default:
      return [showLog()];
  }
}

/** What is shown of a failure. */
export interface Explanation {
  readonly message: string;
  readonly repairs: readonly Repair[];
}

/** The sentence and the repairs of a failure; undefined for a cancelled operation, which shows nothing. */
export function explain(error: unknown): Explanation | undefined {
  if (error instanceof vscode.CancellationError) return undefined;
  if (error instanceof ModelError) {
    if (error.code === 'cancelled') return undefined;
    return { message: error.message, repairs: repairsOf(error) };
  }
  const text = error instanceof Error ? error.message : String(error);
  const message = vscode.l10n.t('OCI Models met an unexpected error: {0}. The log has the details.', text);
  return { message, repairs: [showLog()] };
}

/** One line for the log, with the chain of causes. */
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

/** Failures that would be the same again, whatever the user does meanwhile. */
const FINAL: ReadonlySet<ModelErrorCode> = new Set([
  'reference-invalid',
  'unsupported-artifact',
  'manifest-invalid',
  'gguf-invalid',
]);

/**
 * Logs a failure and shows it. The notification stays until it is closed, but nobody waits for it.
 * @param retry offered as a button where the same action may succeed later.
 */
export function showError(error: unknown, log: Log, retry?: () => void): void {
  const explanation = explain(error);
  if (explanation === undefined) return;
  log.error(describeForLog(error));
  const retryTitle = vscode.l10n.t('Retry');
  const titles = explanation.repairs.map((repair) => repair.title);
  const final = error instanceof ModelError && FINAL.has(error.code);
  if (retry !== undefined && !final) titles.unshift(retryTitle);
  void showFailure(explanation.message, ...titles).then((chosen) => {
    if (chosen === undefined) return;
    if (chosen === retryTitle) return retry?.();
    const repair = explanation.repairs.find((candidate) => candidate.title === chosen);
    if (repair !== undefined)
      void vscode.commands.executeCommand(repair.command, ...(repair.arguments ?? []));
  });
}
