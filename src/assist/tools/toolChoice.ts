/**
 * Chooses the tools that a small context has room for. The choice is made at the first request of a conversation and
 * kept: templates write tools at the front of a prompt, and a prompt that begins the same is not evaluated again.
 */
import { type Localized, t } from '../../base/l10n.ts';
import type { ChatMessage, ToolDefinition } from '../../inference/index.ts';
import { shortTool } from './shortSchema.ts';

/** Conversations whose choice is remembered. */
const MAX_CHOICES = 64;
/** Tools that are offered even if they leave little room for the conversation. */
const LEAST_TOOLS = 3;
/** Templates write schemas with more white space than JSON needs. */
const TEMPLATE_SHARE = 1.25;
/** The tools of VS Code's agent in the order of their use in the work on code. */
const USUAL = [
  'read_file',
  'replace_string_in_file',
  'list_dir',
  'create_file',
  'grep_search',
  'file_search',
  'get_errors',
  'run_in_terminal',
  'insert_edit_into_file',
  'get_terminal_output',
  'manage_todo_list',
  'create_directory',
  'vscode_listCodeUsages',
];

/** The room for tools, in tokens. */
export interface ToolRoom {
  /** Room for conversation and tools. */
  readonly roomTokens: number;
  /** Size of the conversation. */
  readonly messageTokens: number;
  readonly countTokens: (text: string) => Promise<number>;
}

/** Tools as the model gets them. */
export interface ChosenTools {
  readonly tools: readonly ToolDefinition[];
  /** Size of them, in tokens. */
  readonly tokens: number;
  /** The conversation, with the names of the other tools. */
  readonly messages: readonly ChatMessage[];
  /** The omissions, for people; empty if they were said before. */
  readonly dropped: readonly Localized[];
}

interface Choice {
  readonly tools: ToolDefinition[];
  tokens: number;
  /** Names of the tools that were left out at first. */
  readonly others: readonly string[];
  readonly isShort: boolean;
}

/** Chooses tools, and remembers what it chose. */
export class ToolChooser {
  /** By the front of the conversation, the latest last. */
  readonly #choices = new Map<string, Choice>();
  /** How often each tool was called, as far as conversations showed. */
  readonly #calls = new Map<string, Set<string>>();

  /** Chooses tools for a request. */
  async choose(
    tools: readonly ToolDefinition[],
    messages: readonly ChatMessage[],
    room: ToolRoom,
  ): Promise<ChosenTools> {
    this.#learn(messages);
    const key = frontOf(messages);
    const known = this.#choices.get(key);
    const choice = known ?? (await this.#first(tools, messages, room));
    this.#choices.delete(key);
    this.#choices.set(key, choice);
    const [oldest] = this.#choices.keys();
    if (this.#choices.size > MAX_CHOICES && oldest !== undefined) this.#choices.delete(oldest);
    if (known !== undefined) await append(choice, tools, messages, room);
    return {
      tools: choice.tools,
      tokens: choice.tokens,
      messages: withNames(messages, choice.others),
      dropped: known === undefined ? omissions(choice, tools.length) : [],
    };
  }

  async #first(
    tools: readonly ToolDefinition[],
    messages: readonly ChatMessage[],
    { roomTokens, messageTokens, countTokens }: ToolRoom,
  ): Promise<Choice> {
    const sizeOf = async (some: readonly ToolDefinition[]): Promise<number> =>
      Math.ceil(TEMPLATE_SHARE * (await countTokens(JSON.stringify(some))));
    // Half of what is left is for the turns to come.
    const budget = Math.max(0, roomTokens - messageTokens) / 2;
    const all = await sizeOf(tools);
    if (all <= budget) return { tools: [...tools], tokens: all, others: [], isShort: false };
    const short = tools.map(shortTool);
    const allShort = await sizeOf(short);
    if (allShort <= budget) return { tools: short, tokens: allShort, others: [], isShort: true };
    const ranked = this.#ranked(short, messages);
    const sizes = await Promise.all(ranked.map((tool) => sizeOf([tool])));
    const chosen: ToolDefinition[] = [];
    let tokens = 0;
    for (const [index, tool] of ranked.entries()) {
      const size = sizes[index] ?? 0;
      const isLeast = chosen.length < LEAST_TOOLS && tokens + size <= roomTokens / 4;
      if (tokens + size > budget && !isLeast) continue;
      chosen.push(tool);
      tokens += size;
    }
    const others = tools.map(({ name }) => name).filter((name) => !chosen.some((one) => one.name === name));
    return { tools: chosen, tokens, others, isShort: true };
  }

  /** The tools named in the conversation first, then those used most. */
  #ranked(tools: readonly ToolDefinition[], messages: readonly ChatMessage[]): ToolDefinition[] {
    const named = namesIn(messages);
    const usual = (name: string): number => {
      const at = USUAL.indexOf(name);
      return at < 0 ? USUAL.length : at;
    };
    const calls = (name: string): number => this.#calls.get(name)?.size ?? 0;
    return [...tools].sort(
      (one, other) =>
        Number(named.has(other.name)) - Number(named.has(one.name)) ||
        calls(other.name) - calls(one.name) ||
        usual(one.name) - usual(other.name),
    );
  }

  /** Counts each call once, though every later request repeats it. */
  #learn(messages: readonly ChatMessage[]): void {
    for (const { name, id } of callsIn(messages)) {
      const known = this.#calls.get(name) ?? new Set();
      if (known.size < 1_000) known.add(id);
      if (this.#calls.size < 1_000) this.#calls.set(name, known);
    }
  }
}

/** Adds a tool behind the others when the conversation names it, if there is room. */
async function append(
  choice: Choice,
  tools: readonly ToolDefinition[],
  messages: readonly ChatMessage[],
  { roomTokens, messageTokens, countTokens }: ToolRoom,
): Promise<void> {
  const named = namesIn(messages);
  const have = new Set(choice.tools.map(({ name }) => name));
  for (const tool of tools) {
    // Tools that VS Code offers later are new to the choice.
    const isNew = !have.has(tool.name) && !choice.others.includes(tool.name);
    if (have.has(tool.name) || !(isNew || named.has(tool.name))) continue;
    const added = choice.isShort ? shortTool(tool) : tool;
    const size = Math.ceil(TEMPLATE_SHARE * (await countTokens(JSON.stringify([added]))));
    if (messageTokens + choice.tokens + size > roomTokens) continue;
    choice.tools.push(added);
    choice.tokens += size;
  }
}

/**
 * The part of a conversation that stays the same from its first request on: its instructions. The messages of VS Code's
 * agent behind them have the files of the workspace, which change.
 */
function frontOf(messages: readonly ChatMessage[]): string {
  const instructions = messages.filter(({ role }) => role === 'system');
  const front = instructions.length > 0 ? instructions : messages.slice(0, 1);
  return JSON.stringify(front.map(({ role, content }) => [role, content]));
}

function callsIn(messages: readonly ChatMessage[]) {
  return messages.flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
}

/** The words with an underscore or after `#` in a conversation, and the names of called tools. */
function namesIn(messages: readonly ChatMessage[]): ReadonlySet<string> {
  const names = new Set(callsIn(messages).map(({ name }) => name));
  for (const { role, content } of messages) {
    if (role !== 'user' && role !== 'assistant') continue;
    for (const [word] of content.matchAll(/\w+_\w+|(?<=#)\w+/g)) names.add(word);
  }
  return names;
}

/** Puts the names of other tools at the end of the instructions, where they stay the same. */
function withNames(messages: readonly ChatMessage[], others: readonly string[]): readonly ChatMessage[] {
  if (others.length === 0) return messages;
  const note = `Only the tools described here can be called. If you need another one, name it in your answer: ${others.join(', ')}.`;
  const at = messages.findLastIndex(({ role }) => role === 'system');
  if (at < 0) return [{ role: 'system', content: note }, ...messages];
  return messages.map((message, index) =>
    index === at && message.role === 'system'
      ? { ...message, content: `${message.content.trimEnd()}\n${note}` }
      : message,
  );
}

function omissions({ tools, others, isShort }: Choice, count: number): Localized[] {
  if (others.length > 0) return [t('{0} of {1} tools, and the details of the others', others.length, count)];
  return isShort && tools.length > 0 ? [t('the details of the {0} tools', tools.length)] : [];
}
