/**
 * The few facts about languages that decide how an answer is read: their names in info strings, their comments, and the
 * strings that go over several lines. An unknown language has the most common ones.
 */

/** A string or comment between two marks. */
export interface Span {
  readonly open: string;
  readonly close: string;
  readonly kind: 'string' | 'comment';
  /** Tells if the span may go over several lines. */
  readonly isLong?: boolean;
  /** Tells if a backslash takes the meaning from the next character. */
  readonly escapes?: boolean;
  /** Tells if `${…}` within the string is code again. */
  readonly holdsCode?: boolean;
}

/** Facts about a language. */
export interface Language {
  /** VS Code's identifiers and the words of info strings, in lower case. */
  readonly names: readonly string[];
  /** `prose` is text for people; `markup` is text with tags; `data` has keys and values. */
  readonly kind: 'code' | 'markup' | 'data' | 'prose';
  readonly lineComments: readonly string[];
  readonly spans: readonly Span[];
  /** Opens a heredoc; the last group is its end. */
  readonly heredoc?: RegExp;
  /** Tells if indentation has a meaning. */
  readonly isOffside?: boolean;
  /** Tells if lines may begin with `-` or `+` at column 0, so that such lines are no diff by themselves. */
  readonly hasListMarks?: boolean;
  /** Tells if a regular expression may stand between slashes. */
  readonly hasRegex?: boolean;
  /** Lines that open a block and those that close it by a word, which counts like a bracket. */
  readonly blocks?: { readonly opens: RegExp; readonly closes: RegExp };
}

const DOUBLE: Span = { open: '"', close: '"', kind: 'string', escapes: true };
const SINGLE: Span = { open: "'", close: "'", kind: 'string', escapes: true };
const TRIPLE: Span = { open: '"""', close: '"""', kind: 'string', isLong: true, escapes: true };
const TRIPLE_SINGLE: Span = { open: "'''", close: "'''", kind: 'string', isLong: true, escapes: true };
const TEMPLATE: Span = {
  open: '`',
  close: '`',
  kind: 'string',
  isLong: true,
  escapes: true,
  holdsCode: true,
};
const RAW_TICK: Span = { open: '`', close: '`', kind: 'string', isLong: true };
const BLOCK: Span = { open: '/*', close: '*/', kind: 'comment', isLong: true };
const TAGGED: Span = { open: '<!--', close: '-->', kind: 'comment', isLong: true };
const PRE: Span = { open: '<pre', close: '</pre>', kind: 'string', isLong: true };
const HEREDOC = /<<[-~]?\s*(?:"([A-Za-z_]\w*)"|'([A-Za-z_]\w*)'|([A-Z_]\w*))/;
const STRICT_HEREDOC = /<<[-~](?:"([A-Za-z_]\w*)"|'([A-Za-z_]\w*)'|([A-Z_]\w*))/;
const PHP_HEREDOC = /<<<\s*(?:"([A-Za-z_]\w*)"|'([A-Za-z_]\w*)'|([A-Za-z_]\w*))/;

function curly(names: string, more: readonly Span[] = [], facts: Partial<Language> = {}): Language {
  return {
    names: names.split(' '),
    kind: 'code',
    lineComments: ['//'],
    spans: [BLOCK, ...more, DOUBLE, SINGLE],
    ...facts,
  };
}

function hash(names: string, more: readonly Span[] = [], facts: Partial<Language> = {}): Language {
  return {
    names: names.split(' '),
    kind: 'code',
    lineComments: ['#'],
    spans: [...more, DOUBLE, SINGLE],
    ...facts,
  };
}

const LONG_DOUBLE: Span = { ...DOUBLE, isLong: true };
const LONG_SINGLE: Span = { open: "'", close: "'", kind: 'string', isLong: true };
/** An endless method, a modifier behind a statement and a block within a line open nothing. */
const RUBY_BLOCKS = {
  opens:
    /^(?:(?:private |protected |public )?def (?!\S+?(?:\([^)]*\))?\s+=\s)|(?:class|module|if|unless|while|until|case|begin|for)\b)|=\s*(?:if|unless|case|begin)\b|\bdo(?:\s*\|[^|]*\|)?\s*$/,
  closes: /^end\b|[\s;]end\s*$/,
};
const SHELL_BLOCKS = {
  opens: /^(?:if|case|for|while|until|select)\s|[|;]\s*(?:while|until|for|if)\s/,
  closes: /^(?:fi|esac|done)\b|[\s;](?:fi|esac|done)\s*$/,
};
const LUA_BLOCKS = {
  opens: /^(?:if|for|while)\b.*\b(?:then|do)\b|^(?:do|repeat)\s*$|\bfunction\b/,
  closes: /^(?:end|until)\b|[\s;)]end[\s,;)]*$/,
};
const JULIA_BLOCKS = {
  opens:
    /^(?:function|macro|module|mutable struct|struct|if|for|while|begin|let|try|quote)\b|\bdo\b[^#]*$|=\s*(?:if|begin|let|try)\b/,
  closes: /^end\b|[\s;]end\s*$/,
};
const ELIXIR_BLOCKS = { opens: /\bdo\s*$|\bfn\b[^()]*->\s*$/, closes: /^end\b|\send\)*\s*$/ };
const DASHES: Partial<Language> = { lineComments: ['--'] };

const LANGUAGES: readonly Language[] = [
  curly(
    'typescript ts tsx typescriptreact javascript js jsx javascriptreact mjs cjs mts cts node',
    [TEMPLATE],
    { hasRegex: true },
  ),
  hash('python py python3 py3 starlark bazel', [TRIPLE, TRIPLE_SINGLE], { isOffside: true }),
  curly('go golang', [RAW_TICK]),
  curly('rust rs', [LONG_DOUBLE]),
  curly('c h cpp c++ cc cxx hpp cuda cuda-cpp objective-c objective-cpp objc arduino glsl hlsl'),
  curly('java kotlin kt scala groovy gradle swift dart csharp c# cs', [TRIPLE]),
  curly('css scss sass less'),
  curly('php', [], { lineComments: ['//', '#'], heredoc: PHP_HEREDOC }),
  curly('json jsonc json5 jsonl', [], { kind: 'data' }),
  curly('zig v solidity sol proto protobuf proto3 graphql prisma thrift'),
  hash('shellscript shell sh bash zsh ksh fish console terminal', [LONG_SINGLE, LONG_DOUBLE], {
    heredoc: HEREDOC,
    spans: [LONG_DOUBLE, LONG_SINGLE],
    blocks: SHELL_BLOCKS,
  }),
  hash('makefile make mk', [], { isOffside: true }),
  hash('yaml yml', [], { kind: 'data', isOffside: true, hasListMarks: true }),
  hash('toml', [TRIPLE, TRIPLE_SINGLE], { kind: 'data' }),
  hash('ruby rb crystal', [], { heredoc: STRICT_HEREDOC, blocks: RUBY_BLOCKS }),
  hash('perl pl', [], { heredoc: HEREDOC }),
  hash('r', []),
  hash('julia jl', [TRIPLE], { blocks: JULIA_BLOCKS }),
  hash('elixir ex exs', [TRIPLE], { blocks: ELIXIR_BLOCKS }),
  hash('dockerfile docker containerfile', [], { heredoc: HEREDOC }),
  hash('powershell ps1 pwsh', [{ open: '<#', close: '#>', kind: 'comment', isLong: true }]),
  hash('ini properties dotenv env conf gitignore ignore', [], { kind: 'data', lineComments: ['#', ';'] }),
  hash('hcl terraform tf nix cmake', [BLOCK], { lineComments: ['#', '//'] }),
  curly('sql mysql pgsql postgresql postgres sqlite plsql tsql', [], {
    lineComments: ['--'],
    spans: [BLOCK, { ...LONG_SINGLE }, DOUBLE],
  }),
  curly('lua', [{ open: '[[', close: ']]', kind: 'string', isLong: true }], {
    ...DASHES,
    blocks: LUA_BLOCKS,
    spans: [
      { open: '--[[', close: ']]', kind: 'comment', isLong: true },
      { open: '[[', close: ']]', kind: 'string', isLong: true },
      DOUBLE,
      SINGLE,
    ],
  }),
  curly('haskell hs elm purescript', [], {
    ...DASHES,
    isOffside: true,
    spans: [{ open: '{-', close: '-}', kind: 'comment', isLong: true }, DOUBLE],
  }),
  curly('clojure clj lisp scheme racket elisp', [], { lineComments: [';'], spans: [LONG_DOUBLE] }),
  curly('vb vbnet basic vba', [], { lineComments: ["'"], spans: [DOUBLE] }),
  curly('ocaml ml fsharp f#', [], { isOffside: true, spans: [LONG_DOUBLE] }),
  curly('erlang erl prolog matlab octave', [], { lineComments: ['%'], spans: [DOUBLE] }),
  curly('html htm xml svg xhtml handlebars hbs jinja jinja-html twig ejs xsl', [], {
    kind: 'markup',
    lineComments: [],
    spans: [TAGGED, PRE],
  }),
  curly('vue svelte astro', [], { kind: 'markup', spans: [TAGGED, BLOCK, TEMPLATE] }),
  curly('markdown md mdx rmd quarto qmd', [], {
    kind: 'prose',
    lineComments: [],
    spans: [TAGGED],
    isOffside: true,
    hasListMarks: true,
  }),
  curly('plaintext text txt git-commit scminput commit restructuredtext rst asciidoc adoc org', [], {
    kind: 'prose',
    lineComments: [],
    spans: [],
    isOffside: true,
    hasListMarks: true,
  }),
  curly('latex tex bibtex', [], {
    kind: 'prose',
    lineComments: ['%'],
    spans: [],
    isOffside: true,
    hasListMarks: true,
  }),
  curly('diff patch', [], { kind: 'data', lineComments: [], spans: [], hasListMarks: true }),
];

const BY_NAME = new Map(LANGUAGES.flatMap((language) => language.names.map((name) => [name, language])));

/** Facts that hold for most languages. */
const UNKNOWN: Language = curly('unknown', [], { lineComments: ['//', '#'], spans: [BLOCK, DOUBLE] });

/** Returns the facts about a language, by VS Code's identifier. */
export function languageOf(id: string): Language {
  return BY_NAME.get(id.toLowerCase()) ?? UNKNOWN;
}

/** Returns the language that a word of an info string names. Returns undefined if it names none. */
export function namedLanguage(word: string): Language | undefined {
  return BY_NAME.get(word.toLowerCase());
}

/** Tells if a language is Markdown, whose own text has fences. */
export function isMarkdown(language: Language): boolean {
  return language.names.includes('markdown');
}

/** Tells if a block of this language is most likely a command to run, and not what was asked for. */
export function isForTerminal(language: Language): boolean {
  return language.names.includes('shell') || language.names.includes('powershell');
}

/** Tells if a block of this language is most likely an output, and not what was asked for. */
export function isForOutput(language: Language): boolean {
  return language.names.includes('plaintext');
}
