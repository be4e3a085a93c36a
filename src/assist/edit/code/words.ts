/**
 * Tells code from what a model says about it, line by line. Where a line may be either, it says so: the reader then
 * refuses instead of guessing.
 */
import { isTelling, type Window } from '../window.ts';
import { commentOf, QUOTED } from './comments.ts';
import type { Language } from './languages.ts';
import { Lexer } from './lexer.ts';

export type LineKind = 'code' | 'prose' | 'either' | 'blank';

/** Characters of a line that are looked at. */
const MAX_LINE = 1_000;

const STOPWORDS = new Set(
  (
    'the a an is are was were be been this that these those to of and or in on for with you your it its i we our my ' +
    'here as so now have has had will would can could should not by from but if then than which when where how what ' +
    'also only just more any all some they them there their do does did into about because since made make makes sure ' +
    'want need needs let know hope helps help please note using used instead changed added updated removed'
  ).split(' '),
);

/** Beginnings of what models say around code, in the languages that models are asked in most. */
const CHAT =
  /^(?:sure|certainly|of course|absolutely|okay|ok|great|got it|here(?:'s|’s| is| are| you go)|below|above|the (?:updated|modified|following|new|revised|corrected|refactored|code|function|changes?|above|selected|answer|result)|this (?:code|function|version|change|will|is|should|adds|makes|uses)|i(?:'ve|’ve| have|'m|’m| am|'ll| will| changed| added| updated| made| can| cannot| can't| renamed| replaced| removed| hope| would)|explanation|hope|let me|please|you can|to (?:do|make|use|add|fix|run|change)|feel free|changes made|key changes|(?:updated|modified|original|new|old) (?:code|function|version)|note(?: that)?|voici|hier ist|aquí|ecco|以下|これ|вот)(?=[,!.:;]?(?:\s+[\p{L}\p{N}"'`*(]|[\s*_]*$))/iu;
/** Labels that stand before code, alone on their line. */
const LABEL =
  /^[*_#\s]*(?:output|answer|response|result|usage|explanation|code|example|before|after|updated|new|old|changes)\b[\w\s]{0,20}:[*_\s]*$/i;

/** Ways of saying no. */
const REFUSAL =
  /^(?:i(?:'m|’m| am) (?:sorry|unable|not able|afraid|just an|only an)|sorry\b|i (?:cannot|can't|can’t|can not|don't|do not|won't|could not|couldn't)\b|unfortunately\b|as an? (?:ai|language model|large)|apologies|my apologies|it (?:is|'s) not possible|there (?:is|are) no |no (?:changes?|code) )/i;

/** The first word of a sentence that a model did not go on with. */
const BEGUN = /^(?:This|That|These|Those|The|Here|It|I)$/;

const KEYWORD =
  /^(?:async|await|break|case|catch|class|const|continue|def|default|defer|del|elif|else|elseif|enum|except|export|extends|extern|finally|fn|for|foreach|from|func|function|global|go|goto|if|impl|import|include|inline|interface|lambda|let|local|loop|match|mod|module|mut|namespace|new|nonlocal|package|pass|private|protected|pub|public|raise|readonly|require|return|select|static|struct|super|switch|template|throw|trait|try|type|typedef|typename|union|unless|unsafe|until|use|using|val|var|virtual|void|where|while|with|yield|int|long|char|double|float|bool|boolean|string|unsigned|auto)\b/;
/** Beginnings of a sentence with code in it: `Change it to: x = 2`, `Use x = 2`. */
const SAID =
  /^(?:\p{Lu}\p{Ll}+(?: \p{Ll}+)+\s*:\s+\S|(?:Use|Try|Replace|Change|Set|Add|Remove|Write|Call|Make|Just|Then|Now|First|Next|Finally|Run|With|Instead|You|Here)\s+[a-z`])/u;
/** Words that stand in sentences and hardly in code. */
const SENTENCE_WORD =
  /\s(?:the|an|are|was|be|been|these|those|to|of|on|you|your|its|it|we|our|my|here|so|now|have|has|will|can|could|should|than|better|also|only|just|more|because)(?=\s|$)/;
const LONE =
  /^(?:else|end|do|done|fi|then|begin|pass|try|finally|esac|endif|break|continue|return|[)\]};,]+)$/;
const SHELL =
  /^(?:echo|cd|export|set|source|sudo|rm|cp|mv|mkdir|cat|grep|sed|awk|find|ls|chmod|chown|curl|wget|git|npm|npx|yarn|pnpm|node|python3?|pip3?|docker|kubectl|make|tar|test|exit|printf|read|local|shift|trap|eval|exec|touch|ln|kill|sleep|head|tail|sort|uniq|wc|xargs|tee|apt-get|apt|brew|go|cargo|fi|done|esac)\b/;
const SQL =
  /^(?:select|from|where|and|or|insert|update|delete|create|alter|drop|join|left|right|inner|outer|full|cross|group|order|having|limit|offset|union|with|values|set|on|into|returning|begin|commit|rollback|grant|revoke|index|primary|foreign|constraint|end|case|when|then|else|exists|explain|truncate|declare|if|as)\b/i;
const DOCKER =
  /^(?:FROM|RUN|CMD|COPY|ADD|ENV|ARG|WORKDIR|EXPOSE|ENTRYPOINT|LABEL|USER|VOLUME|SHELL|HEALTHCHECK|ONBUILD)\b/;

/** Signs that stand in code and hardly in a sentence. */
const SIGNS =
  /[;{}]\s*$|^\s*[}\])]|=>|->|::|&&|\|\||[!<>=+\-*/%]=|\w\[\w*\]|^\s*@\w|^\s*#!?\[|^\s*<\/?[\w!]|^\s*#\s*(?:include|define|if|endif|pragma|else|ifdef|ifndef|undef)\b|\w\(\S*\)\s*[;:,{]?$|[([,]\s*$|^\s*[\p{L}\p{M}\w.$[\]"'-]+\s*=[^=]?|\w\.\w+\(|^\s*\$/u;

/** Tells if a text says that the model will not do it. */
export function isRefusal(text: string): boolean {
  return REFUSAL.test(text.trimStart().slice(0, 200));
}

function withoutInlineCode(line: string): string {
  return line.replace(/`[^`\n]*`/g, 'x');
}

/** Beginnings of what models say about their code, also in pages and documents, which may have versions and examples. */
const ABOUT_CODE =
  /^(?:(?:sure|certainly)(?:[,!.]?\s+(?:here|i|this|the)\b|[,!.]+$)|here(?:'s|’s| is)\s+(?:the|your|an?|my)\s+(?:\p{L}+\s+){0,2}(?:code|function|snippet|html|markdown)\b|here(?:'s|’s| is) the (?:updated|modified|new|revised|corrected|refactored) \p{L}+|(?:this|the (?:above|updated|modified|following|new|revised|corrected|refactored)) (?:code|function)\b|the (?:updated|modified|revised|corrected|refactored) (?:version|change))/iu;

function isAboutCode(line: string, { kind }: Language): boolean {
  const text = line.trim().slice(0, MAX_LINE);
  return ABOUT_CODE.test(text) && (kind === 'markup' || !/[.!?]\W*$/.test(text));
}

/**
 * Tells if a line of a page or document is something that a model says about its code, and nobody asked for it. A whole
 * sentence of a document may be a text for people.
 */
export function isUnaskedTalk(line: string, window: Window): boolean {
  const { instruction, language, original } = window;
  if (language.kind === 'code' || !isAboutCode(line, language) || window.knows(line)) return false;
  const asked = instruction.toLowerCase();
  if (asked.includes(line.trim().toLowerCase())) return false;
  if (/\bfunctions?\b/.test(asked) && /\bfunction\b/i.test(line)) return false;
  return !original.some((one) => isAboutCode(one, language));
}

/** Tells if a line says something about code that stands behind it on the same line. */
export function isSaid(line: string): boolean {
  return SAID.test(line.trim().slice(0, MAX_LINE));
}

/** Tells if a line is a sentence that speaks to the user. */
export function isChat(line: string): boolean {
  const text = line
    .trim()
    .slice(0, MAX_LINE)
    .replace(/^(?:[#>*\-_\s]+|\d+[.)]\s)+/, '');
  if (REFUSAL.test(text) || LABEL.test(text) || BEGUN.test(text)) return true;
  return CHAT.test(text) && (/\s/.test(text) || /[:!.]\W*$/.test(text));
}

/** Tells if a line is a sentence: words with spaces, a capital at its start, no code but in backticks. */
function isSentence(line: string): boolean {
  const text = withoutInlineCode(line.trim().slice(0, MAX_LINE));
  const words = text.match(/[\p{L}][\p{L}'’-]*/gu) ?? [];
  if (words.length < 3) return false;
  const stops = words.filter((word) => STOPWORDS.has(word.toLowerCase())).length;
  const isClosed = /[.!?:][)"'*_”]*$/.test(text);
  const isCapital = /^(?:[#>*\-_\s]+|\d+[.)]\s+)*["'“(*_]*\p{Lu}/u.test(text);
  const bare = text.replace(/[([]\s*[\p{L}\s,'’-]+[)\]]/gu, '');
  const hasSigns = /[;{}=<>|&\\$[\]]|\w\(/.test(bare.slice(0, -1));
  if (hasSigns) return isClosed && isCapital && stops >= 3;
  // Languages whose words are those of sentences write them in lower case.
  return isCapital && (isClosed ? stops >= 1 || words.length >= 4 : stops >= 2);
}

/** Tells if a line may be a sentence that is too short to be told by its words. */
export function isShortSentence(line: string): boolean {
  const text = line.trim().slice(0, MAX_LINE);
  return /^\p{Lu}.*\s.*[\p{L}`)][.!?]$/u.test(text) || (DENSE.test(text) && !SIGNS.test(text));
}

/** Letters of writings without spaces between words, or whose sentences are hardly ever told by them. */
const DENSE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}]{2}/u;
/** Words alone before a colon or a full stop, as in “Modified code:”, in every language. */
const HEADING = /^[*_#\s]*\p{Lu}[\p{L}\p{M}'’]*(?:[ \u00A0]\p{L}[\p{L}\p{M}'’]*)+\s?[:：.!][*_\s]*$/u;
/** Keywords with a capital, and languages that have headings of their own. */
const CAPITAL_KEYWORD =
  /^(?:case|default|public|private|protected|else|try|catch|scenario|feature|background|rule)\b/i;

/** Tells if a line of a program is something that a model says in a language which English words do not tell. */
export function isForeignSpeech(line: string, language: Language): boolean {
  if (language.kind !== 'code' || language.names.includes('makefile')) return false;
  const text = withoutInlineCode(line.trim().slice(0, MAX_LINE));
  if (HEADING.test(text))
    return (
      !CAPITAL_KEYWORD.test(text) && !['unknown', 'erlang'].some((name) => language.names.includes(name))
    );
  const { code } = commentOf(text.replace(QUOTED, 'x'), language);
  if (!DENSE.test(code)) return false;
  return (
    /[。！？：，、]|[^\p{ASCII}][.!?:]\W*$/u.test(code) || (!SIGNS.test(code) && !/[=(){}[\];<>]/.test(code))
  );
}

/** Tells if a line is a comment by its first characters. */
export function isCommentLine(line: string, language: Language): boolean {
  const text = line.trimStart();
  if (language.lineComments.some((mark) => text.startsWith(mark))) return true;
  return language.spans.some(({ kind, open }) => kind === 'comment' && text.startsWith(open));
}

function isCodeOf(language: Language, text: string): boolean {
  const { names } = language;
  if (names.includes('yaml')) return /^(?:-\s|-$|[\w"'./-]+:(?:\s|$)|---$|\.\.\.$)/.test(text);
  if (names.includes('sql')) return SQL.test(text);
  if (names.includes('shell'))
    return SHELL.test(text) || /^\w+=|\$[\w({]|\|\s*\w|^\.\/|(?:^|\s)--?\w/.test(text);
  if (names.includes('docker')) return DOCKER.test(text);
  if (names.includes('makefile')) return /^[\w.%$()/ -]+:|^[\w-]+\s*[:?+]?=/.test(text);
  if (names.includes('ini')) return /^\[.*\]$|^[\w.-]+\s*[=:]/.test(text);
  if (names.includes('html')) return /^<|>$/.test(text);
  if (names.includes('css')) return /^[.#@\w:[\]()>~+*, -]+\{$|^[\w-]+\s*:\s*\S/.test(text);
  return false;
}

/** Tells the kind of a line that stands outside of strings and comments. */
export function kindOf(line: string, language: Language): LineKind {
  const whole = line.slice(0, MAX_LINE);
  const text = whole.trim();
  if (text === '') return 'blank';
  if (isCommentLine(text, language)) return 'code';
  const isIndented = /^(?:\t| {2,})/.test(whole);
  if (isIndented && !/^[-*+]\s|^\d+[.)]\s/.test(text)) return 'code';
  // Words before code on the same line.
  if (language.kind === 'code' && isSaid(text) && !/[:.!?]\W*$/.test(text)) return 'either';
  if (isForeignSpeech(text, language)) return 'prose';
  if (isChat(text)) return /[;{}]$/.test(text) ? 'either' : 'prose';
  if (isSentence(text)) return isCodeOf(language, text) && !/[.!?]$/.test(text) ? 'code' : 'prose';
  if (isShortSentence(text)) return 'either';
  if (/^[=_*~+.-]{3,}$/.test(text) && language.kind === 'code') return 'either';
  if (isCodeOf(language, text) || LONE.test(text)) return 'code';
  if (/^[-*+]\s|^\d+[.)]\s|^#{1,6}\s|^\*\*/.test(text)) return language.hasListMarks ? 'either' : 'prose';
  if (SIGNS.test(withoutInlineCode(text))) return 'code';
  if (KEYWORD.test(text) && !/[.!?]$/.test(text)) return SENTENCE_WORD.test(text) ? 'either' : 'code';
  return isIndented ? 'code' : 'either';
}

/** The white space that all lines begin with, in characters. */
function sharedIndent(lines: readonly string[]): number {
  const filled = lines.filter((line) => line.trim() !== '');
  return filled.length === 0 ? 0 : Math.min(...filled.map((line) => line.length - line.trimStart().length));
}

/** The kind of a line behind some white space, which makes no code of words, but of what may be either. */
function kindBehind(line: string, indent: number, language: Language): LineKind {
  const kind = kindOf(line, language);
  return kind === 'code' && indent > 0 && kindOf(line.slice(indent), language) === 'prose' ? 'prose' : kind;
}

/**
 * Tells the kinds of lines; a line within a string or a comment is code, whatever it says. White space that all lines
 * begin with does not tell code from words: it may have been written for the model.
 */
export function kindsOf(
  lines: readonly string[],
  language: Language,
  known: (line: string) => boolean,
): readonly LineKind[] {
  const lexer = new Lexer(language);
  const indent = sharedIndent(lines);
  return lines.map((line) => {
    const { inside } = lexer;
    const kind =
      inside === undefined ? kindBehind(line, indent, language) : line.trim() === '' ? 'blank' : 'code';
    // A sentence with an apostrophe or a backtick would open a string.
    if (kind !== 'prose') lexer.take(line);
    return kind !== 'blank' && known(line) ? 'code' : kind;
  });
}

/** Tells how many of the words of a text that say something stand in another one, from 0 to 1. */
export function likenessOf(one: readonly string[], other: readonly string[]): number {
  const wordsOf = (lines: readonly string[]): string[] =>
    (
      lines
        .join('\n')
        .toLowerCase()
        .match(/[\p{L}\p{N}]{2,}/gu) ?? []
    ).filter((word) => !STOPWORDS.has(word));
  const words = wordsOf(one);
  const others = new Set(wordsOf(other));
  return words.length === 0 ? 0 : words.filter((word) => others.has(word)).length / words.length;
}

/** Tells how many of the words and signs of a line of code stand in another one, from 0 to 1. */
export function wordsShared(one: string, other: string): number {
  const wordsOf = (line: string): string[] =>
    line.slice(0, MAX_LINE).match(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
  const words = wordsOf(one);
  const others = new Set(wordsOf(other));
  return words.length === 0 ? 0 : words.filter((word) => others.has(word)).length / words.length;
}

/** The same of several lines. */
export function sharedWords(one: readonly string[], other: readonly string[]): number {
  return wordsShared(one.join('\n'), other.join('\n'));
}

/** How much two lines have in common that are versions of one. */
export const VERSION_LIKENESS = 0.5;

/** Tells how much two lines of code have in common, from 0 to 1: the lesser of both parts. */
export function likenessOfLines(one: string, other: string): number {
  return Math.min(wordsShared(one, other), wordsShared(other, one));
}

/** Tells if a line that says something is another version of a line. */
export function isVersion(line: string, known: string): boolean {
  return isTelling(line) && likenessOfLines(line, known) >= VERSION_LIKENESS;
}
