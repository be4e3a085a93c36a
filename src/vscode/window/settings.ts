/** The settings `ociModels.*`, read on each use so that changes take effect immediately. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { parseUrl } from '../../base/url.ts';
import type { LoadOptions } from '../../inference/index.ts';
import type { NetworkSettings } from '../../oci/network/index.ts';
import { formatEndpointUrl, parseEndpointUrl } from '../../openaiApi/index.ts';
import type { EndpointEntry } from '../../session/index.ts';
import { storeFolder } from '../../store/index.ts';
import { DEFAULT_LIMITS, type LineLimits } from '../../transfer/index.ts';
import type { SettingKey } from '../commands/ids.generated.ts';

const SECTION = 'ociModels';

/** Most connections. More would starve other users of the line, and registries treat it as an attack. */
const MAX_CONNECTIONS = 16;

/** Upper bounds, as in package.json: tokens, tokens and threads. */
const MAX_CONTEXT = 1_048_576;
const MAX_ANSWER = 131_072;
const MAX_THREADS = 512;

/** Longest context that a publisher can request, in tokens; some request all that the model was trained with. */
const MAX_PUBLISHED_CONTEXT = 16_384;

/** VS Code's own settings that affect how servers are reached. */
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

/** Reads a whole number up to `maximum`. Only the settings editor enforces the bounds of package.json. */
function integer(key: SettingKey, maximum: number): number {
  return Math.min(Math.floor(number(key)), maximum);
}

function endpointEntry(value: unknown): EndpointEntry[] {
  const { name, url } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (typeof url !== 'string') return [];
  try {
    const base = formatEndpointUrl(parseEndpointUrl(url));
    return [{ name: typeof name === 'string' && name.trim() !== '' ? name.trim() : base, url: base }];
  } catch {
    return [];
  }
}

/** Returns true if the user or a workspace set a value. */
function isSet(key: SettingKey): boolean {
  const found = vscode.workspace.getConfiguration(SECTION).inspect(key);
  const values = [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue];
  return values.some((value) => value !== undefined);
}

/** The current values. */
export const settings = {
  /** Entries of the Registries view, such as `docker.io/ai`. */
  registries: (): string[] => strings('registries'),
  /** Hosts that are accessed over plain HTTP. */
  insecureRegistries: (): string[] => strings('insecureRegistries'),
  /** Addresses of a registry's mirrors in the order in which they are tried. */
  mirrors(registry: string): string[] {
    const value: unknown = read<unknown>('registryMirrors', {});
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, registry)) return [];
    return texts((value as Record<string, unknown>)[registry]);
  },
  /** Addresses of the own APIs of hosts, which lists and searches go to, by registry. Entries that are none are left out. */
  registryApis(): Record<string, string> {
    const value: unknown = read<unknown>('registryApis', {});
    if (typeof value !== 'object' || value === null) return {};
    const isAddress = (entry: [string, unknown]): entry is [string, string] =>
      typeof entry[1] === 'string' && /^https?:$/.test(parseUrl(entry[1])?.protocol ?? '');
    return Object.fromEntries(Object.entries(value).filter(isAddress));
  },
  /** Servers that speak OpenAI's API, in the user's order. Entries that are no such thing are left out. */
  endpoints(): EndpointEntry[] {
    const value: unknown = read<unknown>('endpoints', []);
    const entries = Array.isArray(value) ? value.flatMap(endpointEntry) : [];
    return entries.filter((entry, index) => entries.findIndex(({ url }) => url === entry.url) === index);
  },
  /** How servers are reached, according to VS Code's settings `http.*` and `ociModels.extraCaFile`. */
  network(): NetworkSettings {
    const http = vscode.workspace.getConfiguration('http');
    const text = (key: string): string | undefined => http.get<string | null>(key)?.trim() || undefined;
    // Extensions must then do without a proxy, whatever other settings and the environment say.
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
  /** True if the proxy needs a way to sign in that only VS Code implements. */
  prefersEditorNetwork: (): boolean =>
    (vscode.workspace.getConfiguration('http').get<string>('proxyKerberosServicePrincipal') ?? '') !== '',
  /** Folders with OCI image layouts of other tools; a leading `~` stands for the home folder. */
  otherStores: (): string[] =>
    strings('otherStores').map((path) => path.trim().replace(/^~(?=$|[/\\])/, homedir())),
  /**
   * The store's folder, or undefined for the extension's own.
   * @throws ModelError `store-error` if the path is relative.
   */
  storePath(): string | undefined {
    const text = settings.storePathText();
    return text === '' ? undefined : storeFolder(text, homedir());
  },
  /** The setting of the store's folder as the user wrote it. */
  storePathText: (): string => read('storePath', '').trim(),
  /** Limits for all downloads of this window together: connections and speed. */
  downloads: (): LineLimits => ({
    connections: integer('download.connections', MAX_CONNECTIONS) || DEFAULT_LIMITS.connections,
    bytesPerSecond: number('download.maxMegabytesPerSecond') * 1_000_000,
  }),
  /**
   * Context length in tokens, or undefined for the model's own. The user's setting takes precedence.
   * @param published the publisher's recommendation, bounded by a size that most machines have memory for.
   */
  contextTokens: (published?: number): number | undefined => {
    const own = integer('engine.contextSize', MAX_CONTEXT) || undefined;
    if (published === undefined || isSet('engine.contextSize')) return own;
    return Math.min(published, MAX_PUBLISHED_CONTEXT);
  },
  /** Options to load a model with. @param published the publisher's recommended context length in tokens. */
  load: (published?: number): Pick<LoadOptions, 'contextTokens' | 'threads' | 'gpu'> => ({
    contextTokens: settings.contextTokens(published),
    threads: integer('engine.threads', MAX_THREADS) || undefined,
    gpu: settings.gpu(),
  }),
  /** Milliseconds without use after which a model is unloaded; 0 for never. */
  idleMs: (): number => number('engine.unloadAfterMinutes') * 60_000,
  /** True if windows use one process for a model. Read when a window opens. */
  sharesEngine: (): boolean => read('engine.shared', true),
  gpu: (): 'auto' | 'off' => (read<string>('engine.gpu', 'auto') === 'off' ? 'off' : 'auto'),
  /** Longest answer, in tokens. */
  maxAnswerTokens: (): number => integer('chat.maxAnswerTokens', MAX_ANSWER) || 2048,
  /** True if code is completed in files of a language; the entry `*` is for all that have none of their own. */
  completesIn(languageId: string): boolean {
    const value: unknown = read<unknown>('completions.enable', {});
    if (typeof value !== 'object' || value === null) return true;
    const entries = value as Record<string, unknown>;
    const entry = Object.hasOwn(entries, languageId) ? entries[languageId] : entries['*'];
    return entry !== false;
  },

  /** True if the prose of comments is completed in documents of a language. */
  completesComments(document: vscode.TextDocument): boolean {
    const value: unknown = vscode.workspace
      .getConfiguration(SECTION, document)
      .get('completions.inComments' satisfies SettingKey);
    return value === true;
  },

  /** True if next edits are shown. */
  showsNextEdits: (): boolean => read('nextEdits.enable', false),

  /** True if the user agreed that registries are asked for updates once a day. */
  checksForUpdates: (): boolean => read('updates.checkDaily', false),

  /** Saves in the user's settings that registries are asked for updates once a day. */
  async setChecksForUpdates(value: boolean): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(SECTION);
    await configuration.update('updates.checkDaily', value, vscode.ConfigurationTarget.Global);
  },

  /** Saves the registries in the workspace if they are set there, and otherwise in the user's settings. */
  async setRegistries(entries: readonly string[]): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(SECTION);
    const inWorkspace = configuration.inspect('registries')?.workspaceValue !== undefined;
    const target = inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    await configuration.update('registries', entries, target);
  },

  /** Saves the endpoints in the user's settings, the only ones that they are read from. */
  async setEndpoints(entries: readonly EndpointEntry[]): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(SECTION);
    await configuration.update('endpoints', entries, vscode.ConfigurationTarget.Global);
  },

  /** Saves the store's folder; an empty text restores the default. */
  async setStorePath(text: string): Promise<void> {
    const configuration = vscode.workspace.getConfiguration(SECTION);
    await configuration.update('storePath', text || undefined, vscode.ConfigurationTarget.Global);
  },

  /** Calls `listener` when one of `keys` changes. */
  onDidChange(keys: readonly SettingKey[], listener: () => void): vscode.Disposable {
    return vscode.workspace.onDidChangeConfiguration((event) => {
      if (keys.some((key) => event.affectsConfiguration(`${SECTION}.${key}`))) listener();
    });
  },

  /** Calls `listener` when {@link settings.network} may have changed. */
  onDidChangeNetwork(listener: () => void): vscode.Disposable {
    return vscode.workspace.onDidChangeConfiguration((event) => {
      if (NETWORK_KEYS.some((key) => event.affectsConfiguration(key))) listener();
    });
  },
};
