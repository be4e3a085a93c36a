/** The settings `ociModels.*`, read when they are needed, so that a change takes effect at the next use. */
import * as vscode from 'vscode';

const SECTION = 'ociModels';

function read<T>(key: string, fallback: T): T {
  return vscode.workspace.getConfiguration(SECTION).get<T>(key) ?? fallback;
}

function strings(key: string): string[] {
  const value: unknown = read<unknown>(key, []);
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string' && item.trim() !== '');
}

function integer(key: string): number {
  const value: unknown = read<unknown>(key, 0);
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}

export const settings = {
  /** Entries of the Registries view, such as `docker.io/ai`. */
  registries: (): string[] => strings('registries'),
  /** Hosts that are asked over plain HTTP. */
  insecureRegistries: (): string[] => strings('insecureRegistries'),
  /** The store's folder, or undefined for the extension's own. */
  storePath: (): string | undefined => read('storePath', '').trim() || undefined,
  /** Tokens; undefined for the model's own. */
  contextTokens: (): number | undefined => integer('engine.contextSize') || undefined,
  /** Undefined for the machine's number of cores. */
  threads: (): number | undefined => integer('engine.threads') || undefined,
  gpu: (): 'auto' | 'off' => (read<string>('engine.gpu', 'auto') === 'off' ? 'off' : 'auto'),
  /** Tokens. */
  maxAnswerTokens: (): number => integer('chat.maxAnswerTokens') || 2048,

  /** Sets the registries where they are set now, or in the user's settings. */
  async setRegistries(entries: readonly string[]): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(SECTION);
    const inWorkspace = configuration.inspect('registries')?.workspaceValue !== undefined;
    const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    await configuration.update('registries', entries, target);
  },

  /** Calls back when one of `keys` changes. */
  onDidChange(keys: readonly string[], listener: () => void): vscode.Disposable {
    return vscode.workspace.onDidChangeConfiguration((event) => {
      if (keys.some((key) => event.affectsConfiguration(`${SECTION}.${key}`))) listener();
    });
  },
};
