/** Renders conversations with a model's own template, and says what had to be done instead. */
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { singleLine } from '../../base/text.ts';
import type { ChatMessage, ToolDefinition } from '../index.ts';
import { probeAbilities, probeShape, type TemplateAbilities } from './abilities.ts';
import {
  alternate,
  foldSystem,
  hoistSystem,
  joinUsers,
  shortenCallIds,
  singleCalls,
  writeCalls,
  writeResults,
  writeTools,
} from './adapt.ts';
import { genericTemplate } from './genericTemplates.ts';
import { TemplateLimitError } from './jinja/budget.ts';
import { TemplateRefusal } from './jinja/compile.ts';
import { MarkSplitter, markPattern, marksToHide } from './marks.ts';
import { Renderer, type RenderSettings } from './renderer.ts';
import { beginAnswer, endsInThought, openingOf, openThought, writesThoughts } from './thoughts.ts';
import { type Turn, toTurns } from './turns.ts';

/** A model's own template and tokens. */
export interface TemplateSource {
  /** `tokenizer.chat_template`; empty if the file has none. */
  readonly template: string;
  readonly bosToken: string;
  readonly eosToken: string;
  /** Texts of all special (control and user-defined) tokens of the vocabulary. */
  readonly specialTexts: readonly string[];
}

/** A conversation to render. */
export interface RenderOptions {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ToolDefinition[] | undefined;
  /** By default, thoughts are asked for if the template writes them in a form that is known. */
  readonly thinking?: boolean | 'default' | undefined;
  /** Continues the last message, which is the assistant's and has no calls, in place of beginning an answer. */
  readonly continueLast?: boolean | undefined;
  /** The day that templates write. Defaults to today. */
  readonly now?: Date | undefined;
}

/** A part of a prompt that is tokenized by itself. */
export interface PromptPiece {
  readonly text: string;
  /** Tells if marks in the text are special tokens. */
  readonly special: boolean;
}

/** A prompt. */
export interface RenderedPrompt {
  /**
   * Tokenize each by itself: marks that people wrote are cut in two, and are no special tokens. Pieces behind the
   * first go on in the middle of a text, so a vocabulary that puts a space first must not do it for them.
   */
  readonly pieces: readonly PromptPiece[];
  /** All pieces together. */
  readonly text: string;
  /** Changes in place of what the conversation asks for. Say each once for a model. */
  readonly notes: readonly Localized[];
  /** Tells if the prompt ends inside a thought, so that the answer begins with the rest of one. */
  readonly thoughtOpen: boolean;
}

/** A model's template. */
export interface ChatTemplate {
  /** @throws TemplateLimitError if the conversation itself is beyond what any template may write. */
  render(options: RenderOptions): RenderedPrompt;
  /** Found out at first use. */
  readonly abilities: TemplateAbilities;
}

/** Never throws: a template that cannot be used is replaced by a generic one, and prompts say so. */
export function createChatTemplate(source: TemplateSource): ChatTemplate {
  // A file may have anything in place of a text.
  const template = typeof source.template === 'string' ? source.template : '';
  return new SourceTemplate({ ...source, template });
}

/** Longest quotation of a template in a note, in characters. */
const MAX_REASON = 200;

/** A renderer with what it can do, and what has to be said about it. */
interface Prepared {
  readonly renderer: Renderer;
  readonly abilities: TemplateAbilities;
  readonly note: Localized | undefined;
}

class SourceTemplate implements ChatTemplate {
  readonly #source: TemplateSource;
  readonly #marks: RegExp | undefined;
  #prepared: Prepared | undefined;

  constructor(source: TemplateSource) {
    this.#source = source;
    this.#marks = markPattern(marksToHide(source));
  }

  get abilities(): TemplateAbilities {
    return this.#prepare().abilities;
  }

  render(options: RenderOptions): RenderedPrompt {
    const prepared = this.#prepare();
    try {
      return this.#render(options, prepared);
    } catch (error) {
      // A failure that no change of the conversation cures is the template's fault.
      const generic = this.#generic(reasonOf(error));
      if (prepared.renderer.isGeneric) throw error;
      return this.#render(options, generic);
    }
  }

  #render(options: RenderOptions, { renderer, abilities, note }: Prepared): RenderedPrompt {
    const notes = new Set<Localized>(note === undefined ? [] : [note]);
    if (options.messages.some((message) => message.role === 'user' && (message.images?.length ?? 0) > 0))
      notes.add(t('The model cannot see pictures here, so they were left out.'));
    const { turns, tools, splitter } = this.#hideMarks(options, renderer);
    const continued = options.continueLast === true ? continuable(turns.at(-1)) : undefined;
    const asked = continued === undefined ? turns : turns.slice(0, -1);
    const written = abilities.tools ? [] : tools;
    const adapted = adaptTo(abilities, asked, written, renderer.source, notes);
    const settings: RenderSettings = {
      tools: abilities.tools ? tools : [],
      thinking: typeof options.thinking === 'boolean' ? options.thinking : writesThoughts(renderer.source),
      now: options.now ?? new Date(),
    };
    const variants = renderer.isGeneric ? [adapted] : [adapted, ...repairs(adapted)];
    const { prompt, used } = firstRendered(variants, (variant) => renderWhole(renderer, variant, settings));
    if (!isSameText(used, adapted))
      notes.add(
        t('The model’s chat template has rules for who speaks when, so messages were joined or parted.'),
      );
    const beginning =
      continued === undefined
        ? { text: prompt, thoughtOpen: endsInThought(prompt) }
        : continueAnswer(renderer, { turns: used, prompt, continued, settings });
    const pieces = splitter.cut(beginning.text).map((text) => ({ text, special: true }));
    const text = pieces.map((piece) => piece.text).join('');
    return { pieces, text, notes: [...notes], thoughtOpen: beginning.thoughtOpen };
  }

  /** Puts a separator into the marks of everything that the template does not write itself. */
  #hideMarks({ messages, tools = [] }: RenderOptions, renderer: Renderer) {
    const { bosToken, eosToken } = this.#source;
    const turns = toTurns(messages);
    const texts = [renderer.source, bosToken, eosToken, JSON.stringify([turns, tools])];
    const splitter = new MarkSplitter(this.#marks, texts);
    return { turns: splitter.hideTurns(turns), tools: splitter.hideTools(tools), splitter };
  }

  #prepare(): Prepared {
    this.#prepared ??= this.#prepareOwn();
    return this.#prepared;
  }

  #prepareOwn(): Prepared {
    if (this.#source.template.trim() === '') return this.#generic(undefined);
    try {
      return this.#prepareTemplate(this.#source.template, false, undefined);
    } catch (error) {
      return this.#generic(reasonOf(error));
    }
  }

  #generic(reason: string | undefined): Prepared {
    const { name, template } = genericTemplate(this.#source.specialTexts);
    const note =
      reason === undefined
        ? t('The model has no chat template: it was not tuned for chat. The form “{0}” is used.', name)
        : t(
            'The model’s chat template cannot be used ({0}). The form “{1}” is used in its place.',
            reason,
            name,
          );
    return this.#prepareTemplate(template, true, note);
  }

  #prepareTemplate(template: string, isGeneric: boolean, note: Localized | undefined): Prepared {
    const { bosToken, eosToken } = this.#source;
    const renderer = new Renderer(template, { bosToken, eosToken, isGeneric });
    renderer.shape = probeShape(renderer.probe, template);
    const abilities = probeAbilities(renderer.probe, template);
    return { renderer, abilities, note };
  }
}

/** A message that an answer can go on from. */
function continuable(turn: Turn | undefined): Turn | undefined {
  return turn?.role === 'assistant' && turn.calls === undefined ? turn : undefined;
}

/** Changes a conversation by what is known of the template. */
function adaptTo(
  abilities: TemplateAbilities,
  turns: readonly Turn[],
  tools: readonly ToolDefinition[],
  template: string,
  notes: Set<Localized>,
): readonly Turn[] {
  let adapted = turns;
  const change = (changed: readonly Turn[], note: Localized): void => {
    if (changed !== adapted) notes.add(note);
    adapted = changed;
  };
  change(
    writeTools(adapted, tools, template),
    t('The model’s chat template does not know tools, so they are described in the instructions.'),
  );
  const asText = t(
    'The model’s chat template does not know results of tools, so they are passed on as text.',
  );
  if (!abilities.toolCalls) change(writeCalls(adapted), asText);
  if (!abilities.toolResults) change(writeResults(adapted), asText);
  if (!abilities.system)
    change(
      foldSystem(adapted),
      t('The model’s chat template has no place for instructions, so they begin the first message.'),
    );
  if (!abilities.consecutiveUsers)
    change(
      joinUsers(adapted),
      t('The model’s chat template wants turns to alternate, so messages were joined.'),
    );
  return adapted;
}

/** Changes that make templates accept what they refused, each on top of the ones before. */
function repairs(turns: readonly Turn[]): (readonly Turn[])[] {
  const changes = [
    shortenCallIds,
    singleCalls,
    hoistSystem,
    alternate,
    (changed: readonly Turn[]) => alternate(writeResults(writeCalls(changed))),
    (changed: readonly Turn[]) => alternate(foldSystem(changed)),
  ];
  const variants: (readonly Turn[])[] = [];
  let changed = turns;
  for (const change of changes) {
    const next = change(changed);
    if (next !== changed) variants.push(next);
    changed = next;
  }
  return variants;
}

/** @throws TemplateRefusal also if instructions that stand alone, or behind other messages, are left out. */
function renderWhole(renderer: Renderer, turns: readonly Turn[], settings: RenderSettings): string {
  const prompt = renderer.render(turns, settings);
  // Many templates take instructions at the start only, and some leave others out without a word. Of those at the start
  // they may change words, as long as there is something to answer.
  const isLost = ({ role, content }: Turn, at: number): boolean =>
    role === 'system' && (at > 0 || turns.length === 1) && !prompt.includes(content.trim());
  if (turns.some(isLost)) throw new TemplateRefusal('The instructions are left out.');
  return prompt;
}

function firstRendered(
  variants: readonly (readonly Turn[])[],
  render: (turns: readonly Turn[]) => string,
): { prompt: string; used: readonly Turn[] } {
  let refusal: unknown;
  for (const used of variants) {
    try {
      return { prompt: render(used), used };
    } catch (error) {
      if (error instanceof TemplateLimitError) throw error;
      refusal ??= error;
    }
  }
  throw refusal;
}

/** Ids of calls are nothing that anybody reads. */
function isSameText(one: readonly Turn[], other: readonly Turn[]): boolean {
  return one.length === other.length && one.every(({ content }, at) => content === other[at]?.content);
}

interface Continuation {
  readonly turns: readonly Turn[];
  /** Of the turns, with the opening of an answer. */
  readonly prompt: string;
  readonly continued: Turn;
  readonly settings: RenderSettings;
}

function continueAnswer(
  renderer: Renderer,
  continuation: Continuation,
): { text: string; thoughtOpen: boolean } {
  const { turns, prompt, continued, settings } = continuation;
  const open = (thinking: boolean): string => {
    const rendered = renderer.render(turns, { ...settings, thinking });
    return openingOf(rendered, renderer.render(turns, { ...settings, thinking, opensAnswer: false }));
  };
  // A template that opens its answer whatever it is asked for has its thought at the end of the prompt all the same.
  const asked = open(settings.thinking) || openThought(prompt);
  const opening = { asked, off: open(false), isHarmony: renderer.shape.isHarmony };
  const { text, thoughtOpen } = beginAnswer(opening, continued.content, continued.thought);
  return { text: prompt.slice(0, prompt.length - asked.length) + text, thoughtOpen };
}

function reasonOf(error: unknown): Localized {
  if (error instanceof TemplateLimitError) return t('it takes too much time or memory');
  // The words of a template or of its engine, which have no translation.
  if (error instanceof TemplateRefusal) return asLocalized(singleLine(error.message, MAX_REASON));
  return t('it is not understood');
}
