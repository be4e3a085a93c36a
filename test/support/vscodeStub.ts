/**
 * Lets modules that import `vscode` run in plain Node: a stand-in that records what is shown. It has only what such
 * tests use; everything else is tested in a real editor. Import this module before theirs, which are then imported
 * dynamically.
 */
import { registerHooks } from 'node:module';
import { chatStub, Range } from './chatStub.ts';
import { QuickPickStub } from './quickPickStub.ts';

/** A call of the editor, by the name of its function. */
export interface ShownCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** Everything that was shown since {@link clearShown}. */
export const shown: ShownCall[] = [];
/** What the next dialogs, lists and boxes answer: a value, or a function of what they are given; else undefined. */
export const answers: unknown[] = [];

/** Forgets calls and answers. */
export function clearShown(): void {
  shown.length = 0;
  answers.length = 0;
}

/** All texts of all calls, however deep they are. */
export function shownTexts(): string[] {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  for (const { args } of shown) collect(args);
  return texts;
}

function record(name: string): (...args: unknown[]) => Promise<unknown> {
  return async (...args) => {
    shown.push({ name, args });
    const answer = answers.shift();
    return typeof answer === 'function' ? answer(...args) : answer;
  };
}

type ConfigurationListener = (event: { affectsConfiguration(key: string): boolean }) => void;

/** Settings by their whole name. */
const values = new Map<string, unknown>();
const listeners = new Set<ConfigurationListener>();

/** Gives a setting a value, undefined for none, and tells the listeners. */
export async function changeSetting(name: string, value: unknown): Promise<void> {
  if (value === undefined) values.delete(name);
  else values.set(name, value);
  for (const listener of listeners) listener({ affectsConfiguration: (key) => key === name });
}

/** The value of a setting. */
export function settingOf(name: string): unknown {
  return values.get(name);
}

class TreeItem {
  label: unknown;
  collapsibleState: unknown;
  constructor(label: unknown, collapsibleState: unknown) {
    this.label = label;
    this.collapsibleState = collapsibleState;
  }
}

class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly event = (listener: (value: T) => void): { dispose(): void } => {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  };
  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

class Disposable {
  readonly dispose: () => void;
  constructor(dispose: () => void) {
    this.dispose = dispose;
  }
  static from(...all: readonly { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const one of all) one.dispose();
    });
  }
}

class CodeLens {
  readonly range: unknown;
  readonly command: unknown;
  constructor(range: unknown, command: unknown) {
    this.range = range;
    this.command = command;
  }
}

/** A panel as `vscode.window.createWebviewPanel` returns it. */
export class WebviewPanelStub {
  readonly args: readonly unknown[];
  readonly webview = { html: '' };
  readonly #listeners: (() => void)[] = [];
  readonly onDidDispose = (listener: () => void): void => void this.#listeners.push(listener);
  constructor(args: readonly unknown[]) {
    this.args = args;
  }
  isDisposed = false;
  reveal(): void {}
  dispose(): void {
    this.isDisposed = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

class Named {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

const neverCancelled = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose() {} }) };

const stub = {
  l10n: {
    t: (text: string, ...values: unknown[]) =>
      text.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)])),
  },
  env: {
    language: 'en',
    uiKind: 1,
    clipboard: { readText: async () => '', writeText: record('writeText') },
    openExternal: record('openExternal'),
  },
  UIKind: { Desktop: 1, Web: 2 },
  CancellationError: class CancellationError extends Error {},
  EventEmitter,
  CodeLens,
  Disposable,
  TreeItem,
  TabInputText: class TabInputText {
    readonly uri: unknown;
    constructor(uri: unknown) {
      this.uri = uri;
    }
  },
  TabInputTextDiff: class TabInputTextDiff {},
  Selection: class Selection extends Range {
    constructor(anchor: Range['start'], active: Range['end']) {
      super(anchor.line, anchor.character, active.line, active.character);
    }
  },
  WorkspaceEdit: class WorkspaceEdit {
    readonly edits: unknown[][] = [];
    replace(...edit: unknown[]): void {
      this.edits.push(edit);
    }
  },
  InlineCompletionItem: class InlineCompletionItem {
    readonly insertText: unknown;
    readonly range: unknown;
    readonly command: unknown;
    constructor(insertText: unknown, range: unknown, command: unknown) {
      this.insertText = insertText;
      this.range = range;
      this.command = command;
    }
  },
  TextEditorRevealType: { InCenterIfOutsideViewport: 2 },
  TextDocumentChangeReason: { Undo: 1, Redo: 2 },
  ThemeIcon: Named,
  ThemeColor: Named,
  TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
  ViewColumn: { Active: -1 },
  StatusBarAlignment: { Left: 1, Right: 2 },
  ProgressLocation: { SourceControl: 1, Window: 10, Notification: 15 },
  QuickPickItemKind: { Separator: -1, Default: 0 },
  InputBoxValidationSeverity: { Info: 1, Warning: 2, Error: 3 },
  commands: { executeCommand: record('executeCommand') },
  ConfigurationTarget: { Global: 1, Workspace: 2, WorkspaceFolder: 3 },
  workspace: {
    getConfiguration: (section: string) => ({
      get: (key: string) => values.get(`${section}.${key}`),
      inspect: () => undefined,
      update: (key: string, value: unknown) => changeSetting(`${section}.${key}`, value),
    }),
    onDidChangeConfiguration: (listener: ConfigurationListener) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
  },
  window: {
    state: { focused: true, active: true },
    showInformationMessage: record('showInformationMessage'),
    showWarningMessage: record('showWarningMessage'),
    showErrorMessage: record('showErrorMessage'),
    showQuickPick: record('showQuickPick'),
    showInputBox: record('showInputBox'),
    createQuickPick: () => {
      const box = new QuickPickStub();
      shown.push({ name: 'createQuickPick', args: [box] });
      return box;
    },
    createWebviewPanel: (...args: unknown[]) => {
      const panel = new WebviewPanelStub(args);
      shown.push({ name: 'createWebviewPanel', args: [panel] });
      return panel;
    },
    setStatusBarMessage: record('setStatusBarMessage'),
    createStatusBarItem: (id: string) => ({
      id,
      show: record(`show ${id}`),
      hide: record(`hide ${id}`),
      dispose: () => {},
    }),
    withProgress: async (options: unknown, task: (progress: unknown, token: unknown) => unknown) => {
      shown.push({ name: 'withProgress', args: [options] });
      const report = (value: unknown): void => void shown.push({ name: 'report', args: [value] });
      return task({ report }, neverCancelled);
    },
  },
};

// The getters of the namespaces stay getters.
const { window: chatWindow, workspace: chatWorkspace, ...others } = chatStub;
Object.assign(stub, others);
Object.defineProperties(stub.window, Object.getOwnPropertyDescriptors(chatWindow));
Object.defineProperties(stub.workspace, Object.getOwnPropertyDescriptors(chatWorkspace));

/** Replaces members of a namespace of the editor. @returns a function that brings the old ones back. */
export function replaceMembers(namespace: object, members: Readonly<Record<string, unknown>>): () => void {
  const before = Object.keys(members).map(
    (key) => [key, Object.getOwnPropertyDescriptor(namespace, key)] as const,
  );
  for (const [key, value] of Object.entries(members))
    Object.defineProperty(namespace, key, { value, configurable: true, enumerable: true, writable: true });
  return () => {
    for (const [key, descriptor] of before) {
      Reflect.deleteProperty(namespace, key);
      if (descriptor !== undefined) Object.defineProperty(namespace, key, descriptor);
    }
  };
}

const KEY = Symbol.for('oci-models.vscodeStub');
Object.assign(globalThis, { [KEY]: stub });
const source = `const stub = globalThis[Symbol.for('oci-models.vscodeStub')];\n${Object.keys(stub)
  .map((name) => `export const ${name} = stub.${name};`)
  .join('\n')}`;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode'
      ? { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true }
      : next(specifier, context),
});
