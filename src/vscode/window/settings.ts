/** The settings `ociModels.*`, read when they are needed, so that a change takes effect at the next use. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { LoadOptions } from '../../inference/index.ts';
import type { NetworkSettings } from '../../oci/network/index.ts';
import { storeFolder } from '../../store/index.ts';
import { DEFAULT_LIMITS, type LineLimits } from '../../transfer/index.ts';
import type { SettingKey } from '../commands/ids.generated.ts';

const SECTION = 'ociModels';

/** More than this takes the line from everybody else, and registries call it an attack. */
const MAX_CONNECTIONS = 16;

/** The bounds of package.json. Tokens, tokens and threads. */
const MAX_CONTEXT = 1_048_576;
const MAX_ANSWER = 131_072;
const MAX_THREADS = 512;

/** Tokens of context at most that a publisher's wish gives a model: some wish for all that it was trained with. */
const MAX_PUBLISHED_CONTEXT = 16_384;

/** VS Code's own settings that decide how servers are reached. */
const NETWORK_KEYS = [
  'http.proxy',
  'http.noProxy',
  'http.proxySupport',
  'http.proxyAuthorization',
  'http.proxyKerberosServicePrincipal',
  'http.proxyStrictSSL',
  'http.systemCertificates',
  'ociModels.extraCaFile',
];

function read<T>(key: SettingKey, fallback: T): T {
  return vscode.workspace.getConfiguration(SECTION).get<T>(key) ?? fallback;
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string' && item.trim() !== '');
}

function strings(key: SettingKey): string[] {
  return texts(read<unknown>(key, []));
}

function number(key: SettingKey): number {
  const value: unknown = read<unknown>(key, 0);
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}

/** A whole number up to `maximum`: the settings editor knows the bounds of package.json, settings.json takes any. */
function integer(key: SettingKey, maximum: number): number {
  return Math.min(Math.floor(number(key)), maximum);
}

/** Whether the user or a workspace gave the setting a value. */
function isSet(key: SettingKey): boolean {
  const found = vscode.workspace.getConfiguration(SECTION).inspect(key);
  const values = [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue];
  return values.some((value) => value !== undefined);
}

export const settings = {
  /** Entries of the Registries view, such as `docker.io/ai`. */
  registries: (): string[] => strings('registries'),
  /** Hosts that are asked over plain HTTP. */
  insecureRegistries: (): string[] => strings('insecureRegistries'),
  /** The addresses of a registry's mirrors, the first to be asked first. */
  mirrors(registry: string): string[] {
    const value: unknown = read<unknown>('registryMirrors', {});
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, registry)) return [];
    return texts((value as Record<string, unknown>)[registry]);
  },
  /** How servers are reached, as VS Code's settings `http.*` and `ociModels.extraCaFile` say. */
  network(): NetworkSettings {
    const http = vscode.workspace.getConfiguration('http');
    const text = (key: string): string | undefined => http.get<string | null>(key)?.trim() || undefined;
    // Extensions are then to go without a proxy, whatever the other settings and the environment say.
    const isOff = http.get('proxySupport') === 'off';
    return {
      proxy: isOff ? undefined : text('proxy'),
      noProxy: isOff ? ['*'] : texts(http.get('noProxy')),
      proxyAuthorization: text('proxyAuthorization'),
      strictSSL: http.get('proxyStrictSSL') !== false,
      systemCertificates: http.get('systemCertificates') !== false,
      extraCaFile: read('extraCaFile', '').trim() || undefined,
    };
  },
  /** Whether VS Code is told how to sign in to a proxy in a way that only it knows. */
  prefersEditorNetwork: (): boolean =>
    (vscode.workspace.getConfiguration('http').get<string>('proxyKerberosServicePrincipal') ?? '') !== '',
  /** Folders with OCI image layouts of other tools; a leading `~` is the user's home. */
  otherStores: (): string[] =>
    strings('otherStores').map((path) => path.trim().replace(/^~(?=$|[/\\])/, homedir())),
  /**
   * The store's folder, or undefined for the extension's own.
   * @throws ModelError `store-error` for a relative path.
   */
  storePath(): string | undefined {
    const text = settings.storePathText();
    return text === '' ? undefined : storeFolder(text, homedir());
  },
  /** The setting of the store's folder as it is written. */
  storePathText: (): string => read('storePath', '').trim(),
  /** Connections and speed of all downloads of this window. */
  downloads: (): LineLimits => ({
    connections: integer('download.connections', MAX_CONNECTIONS) || DEFAULT_LIMITS.connections,
    bytesPerSecond: number('download.maxMegabytesPerSecond') * 1_000_000,
  }),
  /**
   * Tokens; undefined for the model's own. What the user set counts most.
   * @param published what the model's publisher wants, up to a size that most machines have memory for.
   */
  contextTokens: (published?: number): number | undefined => {
    const own = integer('engine.contextSize', MAX_CONTEXT) || undefined;
    if (published === undefined || isSet('engine.contextSize')) return own;
    return Math.min(published, MAX_PUBLISHED_CONTEXT);
  },
  /** How a model is loaded now. @param published tokens of context that its publisher wants. */
  load: (published?: number): Pick<LoadOptions, 'contextTokens' | 'threads' | 'gpu'> => ({
    contextTokens: settings.contextTokens(published),
    threads: integer('engine.threads', MAX_THREADS) || undefined,
    gpu: settings.gpu(),
  }),
  gpu: (): 'auto' | 'off' => (read<string>('engine.gpu', 'auto') === 'off' ? 'off' : 'auto'),
  /** Tokens. */
  maxAnswerTokens: (): number => integer('chat.maxAnswerTokens', MAX_ANSWER) || 2048,

  /** Sets the registries where they are set now, or in the user's settings. */
  async setRegistries(entries: readonly string[]): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(SECTION);
    const inWorkspace = configuration.inspect('registries')?.workspaceValue !== undefined;
    const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    await configuration.update('registries', entries, target);
  },

  /** Sets the store's folder, or gives the setting its default back for an empty text. */
  async setStorePath(text: string): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(SECTION);
    await configuration.update('storePath', text || undefined, vscode.ConfigurationTarget.Global);
  },

  /** Calls back when one of `keys` changes. */
  onDidChange(keys: readonly SettingKey[], listener: () => void): vscode.Disposable {
    return vscode.workspace.onDidChangeConfiguration((event) => {
      if (keys.some((key) => event.affectsConfiguration(`${SECTION}.${key}`))) listener();
    });
  },

  /** Calls back when {@link settings.network} may say something else. */
  onDidChangeNetwork(listener: () => void): vscode.Disposable {
    return vscode.workspace.onDidChangeConfiguration((event) => {
      if (NETWORK_KEYS.some((key) => event.affectsConfiguration(key))) listener();
    });
  },
};
