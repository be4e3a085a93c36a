/** The parts of the stand-in for VS Code that `@local` uses; `vscodeStub.ts` has them. */
import type * as vscode from 'vscode';

export class Uri {
  readonly scheme: string;
  readonly path: string;
  constructor(scheme: string, path: string) {
    this.scheme = scheme;
    this.path = path;
  }
  static parse(text: string): URL {
    return new URL(text);
  }
  static file(path: string): Uri {
    return new Uri('file', path);
  }
  static joinPath(base: Uri, ...names: string[]): Uri {
    return new Uri(base.scheme, [base.path, ...names].join('/'));
  }
  toString(): string {
    return `${this.scheme}://${this.path}`;
  }
}

class Position {
  readonly line: number;
  readonly character: number;
  constructor(line: number, character: number) {
    this.line = line;
    this.character = character;
  }
}

export class Range {
  readonly start: Position;
  readonly end: Position;
  constructor(startLine: number, startCharacter: number, endLine: number, endCharacter: number) {
    this.start = new Position(startLine, startCharacter);
    this.end = new Position(endLine, endCharacter);
  }
  get isEmpty(): boolean {
    return this.start.line === this.end.line && this.start.character === this.end.character;
  }
  /** The cursor of a selection. */
  get active(): Position {
    return this.end;
  }
  contains({ start, end }: Range): boolean {
    return start.line >= this.start.line && end.line <= this.end.line;
  }
}

export class Location {
  readonly uri: Uri;
  readonly range: Range;
  constructor(uri: Uri, range: Range) {
    this.uri = uri;
    this.range = range;
  }
}

export class ChatRequestTurn {
  readonly prompt: string;
  readonly command: string | undefined;
  readonly references: readonly unknown[];
  constructor(prompt: string, command?: string, references: readonly unknown[] = []) {
    this.prompt = prompt;
    this.command = command;
    this.references = references;
  }
}

export class ChatResponseMarkdownPart {
  readonly value: { readonly value: string };
  constructor(value: string) {
    this.value = { value };
  }
}

/** A document from its text. */
export function document(path: string, text: string, languageId = 'typescript') {
  const lines = text.split('\n');
  return {
    uri: Uri.file(path),
    languageId,
    lineCount: lines.length,
    getText: (range?: Range) =>
      range === undefined ? text : lines.slice(range.start.line, range.end.line + 1).join('\n'),
    lineAt: (line: number) => ({ text: lines[line] ?? '' }),
  };
}
export type Document = ReturnType<typeof document>;

/** Files with the times of their changes, which are as many milliseconds as there were changes. */
class Files extends Map<string, Uint8Array> {
  readonly times = new Map<string, number>();
  #changes = 0;
  override set(path: string, bytes: Uint8Array): this {
    this.times.set(path, ++this.#changes);
    return super.set(path, bytes);
  }
}

/** The state of the stand-in for the editor. */
export const editor = {
  active: undefined as { document: Document; selection: Range } | undefined,
  /** Documents that can be opened, by path. */
  documents: new Map<string, Document>(),
  /** Files that are no documents, by path. */
  files: new Files(),
  /** Paths of files in the order in which they were read. */
  reads: [] as string[],
  /** Folders by path, with what is in them: true for a folder. */
  folders: new Map<string, Readonly<Record<string, boolean>>>(),
  /** Cells of notebooks by path. */
  notebooks: new Map<string, readonly Document[]>(),
  problems: [] as { uri: Uri; diagnostic: unknown }[],
  symbols: [] as { kind: number; range: Range; children: unknown[] }[],
  /** The changes that Git's extension tells; undefined for no repository. */
  changes: undefined as { staged: string; unstaged: string } | undefined,
  inputBox: { value: '' },
  /** VS Code's own chat extension; undefined while it is turned off. */
  builtInChat: undefined as { isActive: boolean } | undefined,
  isTrusted: true,
  /** Ids of the models in the picker. */
  pickable: [] as string[],
};

/** Starts anew. */
export function clearEditor(): void {
  editor.active = undefined;
  for (const all of [editor.documents, editor.files, editor.folders, editor.notebooks]) all.clear();
  editor.reads = [];
  editor.problems = [];
  editor.symbols = [];
  editor.changes = undefined;
  editor.inputBox.value = '';
  editor.builtInChat = undefined;
  editor.isTrusted = true;
}

/** Opens a document, with lines selected or the cursor in one. */
export function open(opened: Document, startLine = 0, endLine = startLine, endCharacter = 0): void {
  editor.documents.set(opened.uri.path, opened);
  editor.active = { document: opened, selection: new Range(startLine, 0, endLine, endCharacter) };
}

const ROOT = '/project/';

async function openTextDocument(uri: Uri): Promise<Document> {
  const found = editor.documents.get(uri.path);
  if (found === undefined) throw new Error(`no ${uri.path}`);
  return found;
}

const repository = {
  rootUri: Uri.file('/project'),
  inputBox: editor.inputBox,
  diff: async (cached = false) => (cached ? editor.changes?.staged : editor.changes?.unstaged) ?? '',
};
const git = {
  isActive: true,
  exports: {
    enabled: true,
    getAPI: () => ({
      get repositories() {
        return editor.changes === undefined ? [] : [repository];
      },
      getRepository: () => (editor.changes === undefined ? null : repository),
    }),
  },
};

class MarkdownString {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

class LanguageModelTextPart {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

class LanguageModelToolCallPart {
  readonly callId: string;
  readonly name: string;
  readonly input: object;
  constructor(callId: string, name: string, input: object) {
    this.callId = callId;
    this.name = name;
    this.input = input;
  }
}

class LanguageModelToolResultPart {
  readonly callId: string;
  readonly content: readonly unknown[];
  constructor(callId: string, content: readonly unknown[]) {
    this.callId = callId;
    this.content = content;
  }
}

class LanguageModelThinkingPart {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
}

class LanguageModelDataPart {
  readonly data: Uint8Array;
  readonly mimeType: string;
  constructor(data: Uint8Array, mimeType: string) {
    this.data = data;
    this.mimeType = mimeType;
  }
}

class CodeAction {
  readonly title: string;
  readonly kind: unknown;
  command: { command: string } | undefined;
  constructor(title: string, kind: unknown) {
    this.title = title;
    this.kind = kind;
  }
}

/** A provider of code actions as the editor asks it. */
interface CodeActionProvider {
  provideCodeActions(document: Document, range: Range, context: object): CodeAction[];
}

/** The providers that were registered. */
export const codeActionProviders: CodeActionProvider[] = [];

/** Parts that `vscodeStub.ts` takes over: classes and constants, and parts of namespaces that it has itself. */
export const chatStub = {
  LanguageModelChatMessageRole: { User: 1, Assistant: 2 },
  LanguageModelChatToolMode: { Auto: 1, Required: 2 },
  LanguageModelDataPart,
  LanguageModelTextPart,
  LanguageModelThinkingPart,
  LanguageModelToolCallPart,
  LanguageModelToolResultPart,
  MarkdownString,
  Uri,
  Range,
  Location,
  Position,
  ChatRequestTurn,
  ChatResponseMarkdownPart,
  FileType: { Unknown: 0, File: 1, Directory: 2, SymbolicLink: 64 },
  SymbolKind: { Class: 4, Method: 5, Constructor: 8, Enum: 9, Interface: 10, Function: 11, Struct: 22 },
  DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
  CodeAction,
  CodeActionKind: { QuickFix: 'quickfix', Refactor: 'refactor' },
  CodeActionTriggerKind: { Invoke: 1, Automatic: 2 },
  languages: {
    registerCodeActionsProvider: (_: unknown, provider: CodeActionProvider) => {
      codeActionProviders.push(provider);
      return { dispose() {} };
    },
    getDiagnostics: (uri: Uri) =>
      editor.problems
        .filter((one) => one.uri.toString() === uri.toString())
        .map(({ diagnostic }) => diagnostic),
  },
  extensions: { getExtension: (id: string) => (id === 'vscode.git' ? git : editor.builtInChat) },
  lm: {
    registerLanguageModelChatProvider: () => ({ dispose() {} }),
    selectChatModels: async () => editor.pickable.map((id) => ({ vendor: 'oci-models', id })),
  },
  window: {
    get activeTextEditor() {
      return editor.active;
    },
    visibleTextEditors: [],
  },
  workspace: {
    get isTrusted() {
      return editor.isTrusted;
    },
    asRelativePath: (given: Uri | string) => {
      const path = typeof given === 'string' ? given : given.path;
      return path.startsWith(ROOT) ? path.slice(ROOT.length) : path;
    },
    openTextDocument,
    openNotebookDocument: async (uri: Uri) => ({
      getCells: () => (editor.notebooks.get(uri.path) ?? []).map((cell) => ({ document: cell })),
    }),
    fs: {
      stat: async (uri: Uri) => {
        const size = editor.files.get(uri.path)?.length ?? 0;
        const mtime = editor.files.times.get(uri.path) ?? 0;
        return { type: editor.folders.has(uri.path) ? 2 : 1, size, mtime };
      },
      readFile: async (uri: Uri) => {
        const bytes = editor.files.get(uri.path);
        if (bytes === undefined) throw new Error('FileNotFound');
        editor.reads.push(uri.path);
        return bytes;
      },
      readDirectory: async (uri: Uri) => {
        const folder = editor.folders.get(uri.path);
        if (folder === undefined) throw new Error('NoPermissions');
        return Object.entries(folder).map(([name, isFolder]) => [name, isFolder ? 2 : 1]);
      },
    },
  },
};

/** The parts that an answer showed. */
export class Stream {
  readonly progress: string[] = [];
  readonly references: unknown[] = [];
  readonly buttons: vscode.Command[] = [];
  /** The answer, and everything else that was said in Markdown with marks of its own. */
  text = '';
  readonly marked: string[] = [];

  /** The stream as the handler gets it. */
  readonly stream = {
    markdown: (value: string | { readonly value: string }) => {
      if (typeof value === 'string') this.text += value;
      else this.marked.push(value.value);
    },
    progress: (value: string) => void this.progress.push(value),
    reference: (value: unknown) => void this.references.push(value),
    anchor: (value: unknown, title = '') => {
      this.text += `[${title}]`;
      this.references.push(value);
    },
    button: (command: vscode.Command) => void this.buttons.push(command),
  } as unknown as vscode.ChatResponseStream;
}
