/** The status bar item: shows which model answers, what it is doing, and whether code is completed. */
import * as vscode from 'vscode';
import { type Localized, t } from '../base/l10n.ts';
import { plainText } from '../base/text.ts';
import { isEndpointModel, rowLabel, type Session } from '../session/index.ts';
import type { CommandId } from './commands/ids.generated.ts';
import type { SlowModel } from './completion/completionModel.ts';
import type { CompletionStatus } from './completion/completions.ts';
import { showBriefly } from './window/notify.ts';

/** Milliseconds that a slow model is told of, which is a sentence to read. */
const SAID_MS = 20_000;

/** Something that completes code. */
interface CompletionSource {
  readonly status: CompletionStatus;
  readonly nextEditProblem: string | undefined;
  onDidChange(listener: () => void): () => void;
}

/** One item. Clicking it opens a menu. */
export class StatusBar implements vscode.Disposable {
  readonly #models: Session;
  readonly #item: vscode.StatusBarItem;
  readonly #completions: CompletionSource;
  readonly #subscription: vscode.Disposable;
  #update = 0;
  /** Models that were said to be slow, each once. */
  readonly #saidSlow = new Set<string>();

  constructor(models: Session, completions: CompletionSource) {
    this.#models = models;
    this.#completions = completions;
    this.#item = vscode.window.createStatusBarItem('ociModels.status', vscode.StatusBarAlignment.Right, 90);
    this.#item.name = t('OCI Models');
    this.#item.command = 'ociModels.status.show' satisfies CommandId;
    const ends = [models, completions].map((source) => source.onDidChange(() => void this.refresh()));
    this.#subscription = new vscode.Disposable(() => {
      for (const end of ends) end();
    });
    this.#item.text = '$(package) OCI Models';
    this.#item.show();
  }

  /** Shows the current state. Of several concurrent calls, the last one wins. */
  async refresh(): Promise<void> {
    const update = ++this.#update;
    const model = await this.#models.chosen().catch(() => undefined);
    if (update !== this.#update) return;
    this.#item.backgroundColor = undefined;
    if (model === undefined) {
      this.#item.text = '$(package) OCI Models';
      this.#item.tooltip = t('There is no model on this machine yet.');
      return;
    }
    const name = plainText(model.label);
    const state = this.#models.stateOf(model.id);
    const [icon, tooltip] = isEndpointModel(model)
      ? [SERVED_ICONS[state], t('{0} answers, on {1}.', name, plainText(model.endpoint.name))]
      : appearance(state, name);
    const [mark, line] = completionAppearance(this.#completions.status);
    this.#saySlow();
    this.#item.text = `$(${icon}) ${plainText(rowLabel(model).label)}${mark}`;
    const lines = [tooltip, line, this.#completions.nextEditProblem ?? ''];
    this.#item.tooltip = lines.filter((one) => one !== '').join('\n');
    if (state === 'crashed')
      this.#item.backgroundColor = new vscode.ThemeColor('statusBarItem.errorBackground');
  }

  /** Says once that a model is slow, for a while and where nobody has to click it away. */
  #saySlow(): void {
    const { status } = this.#completions;
    if (status.kind !== 'ready' || status.slow === undefined || this.#saidSlow.has(status.label)) return;
    this.#saidSlow.add(status.label);
    showBriefly(slowText(plainText(status.label), status.slow), SAID_MS);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }
}

/** A server loads its models itself. */
const SERVED_ICONS = {
  unloaded: 'server-environment',
  loading: 'loading~spin',
  ready: 'server-environment',
  generating: 'sync~spin',
  crashed: 'error',
} as const;

function appearance(state: ReturnType<Session['stateOf']>, name: string): [icon: string, tooltip: string] {
  switch (state) {
    case 'unloaded':
      return ['circle-outline', t('{0} is not loaded; the first question loads it.', name)];
    case 'loading':
      return ['loading~spin', t('{0} is being loaded.', name)];
    case 'ready':
      return ['circle-filled', t('{0} is loaded.', name)];
    case 'generating':
      return ['sync~spin', t('{0} is answering.', name)];
    case 'crashed':
      return ['error', t('{0} stopped unexpectedly; the next question restarts it.', name)];
  }
}

/** Returns the mark behind the model's name, and a line of the tooltip; both are empty while completions are off. */
function completionAppearance(status: CompletionStatus): [mark: string, line: string] {
  if (status.kind === 'off') return ['', ''];
  const name = plainText(status.label);
  switch (status.kind) {
    case 'idle':
      return [' $(edit)', t('Code completions: {0}, which is loaded when you type.', name)];
    case 'loading':
      return [' $(loading~spin)', t('Code completions: {0} is being loaded.', name)];
    case 'ready':
      if (status.slow !== undefined) return [' $(watch)', slowText(name, status.slow)];
      return [' $(edit)', t('Code completions: {0} is ready.', name)];
    case 'working':
      return [' $(sync~spin)', t('Code completions: {0} is working.', name)];
    case 'paused':
      return [' $(bell-slash)', t('Code completions are paused until {0}.', timeOfDay(status.until))];
    case 'failed':
      return [
        ' $(warning)',
        t('Code completions have stopped. {0} Trigger one by hand to try again.', plainText(status.message)),
      ];
  }
}

/** Says that a model is slow, and names a faster one. @param name the model's, as plain text. */
function slowText(name: string, { smaller }: SlowModel): Localized {
  return smaller === undefined
    ? t('Code completions: {0} answers slower than you type.', name)
    : t(
        'Code completions: {0} answers slower than you type. Pull a smaller model, such as {1}.',
        name,
        smaller,
      );
}

/** @param at milliseconds since 1970. */
export function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString(vscode.env.language, { hour: '2-digit', minute: '2-digit' });
}
