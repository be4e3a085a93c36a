/** Conversations changed into what a template can render. Each function returns the same list if nothing changes. */

import type { ToolDefinition } from '../index.ts';
import { callsAsText, describeTools, resultAsText } from './toolText.ts';
import type { Turn } from './turns.ts';

/** Texts of one speaker that are joined. */
const PARAGRAPH = '\n\n';

/** Puts the instructions at the start of the first message, as llama.cpp does. */
export function foldSystem(turns: readonly Turn[]): readonly Turn[] {
  const system = turns.filter(({ role }) => role === 'system');
  if (system.length === 0) return turns;
  const rest = turns.filter(({ role }) => role !== 'system');
  const text = system.map(({ content }) => content).join(PARAGRAPH);
  const [first] = rest;
  if (text === '') return rest;
  if (first?.role !== 'user') return [{ role: 'user', content: text }, ...rest];
  return [{ ...first, content: `${text}\n${first.content}` }, ...rest.slice(1)];
}

/** Moves instructions from inside a conversation to its start. */
export function hoistSystem(turns: readonly Turn[]): readonly Turn[] {
  if (!turns.some(({ role }, at) => role === 'system' && at > 0)) return turns;
  const system = turns.filter(({ role }) => role === 'system');
  const content = system.map((turn) => turn.content).join(PARAGRAPH);
  return [{ role: 'system', content }, ...turns.filter(({ role }) => role !== 'system')];
}

/** Joins messages of the user that follow each other. */
export function joinUsers(turns: readonly Turn[]): readonly Turn[] {
  return joinRole(turns, 'user');
}

function joinRole(turns: readonly Turn[], role: 'user' | 'assistant'): readonly Turn[] {
  const joined: Turn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    const belong =
      last?.role === role && turn.role === role && last.calls === undefined && turn.calls === undefined;
    if (last !== undefined && belong) {
      joined[joined.length - 1] = { ...last, content: [last.content, turn.content].join(PARAGRAPH) };
    } else {
      joined.push(turn);
    }
  }
  return joined.length === turns.length ? turns : joined;
}

/** Makes user and assistant take turns, beginning with the user. */
export function alternate(turns: readonly Turn[]): readonly Turn[] {
  const joined = joinRole(joinUsers(turns), 'assistant');
  const firstAt = joined[0]?.role === 'system' ? 1 : 0;
  if (joined[firstAt]?.role === 'user') return joined;
  return [...joined.slice(0, firstAt), { role: 'user', content: '' }, ...joined.slice(firstAt)];
}

/** Gives calls the ids of nine characters that some templates demand. */
export function shortenCallIds(turns: readonly Turn[]): readonly Turn[] {
  const ids = new Map<string, string>();
  for (const { id } of turns.flatMap(({ calls = [] }) => calls))
    if (!ids.has(id)) ids.set(id, `call${String(ids.size + 1).padStart(5, '0')}`);
  if (ids.size === 0) return turns;
  const short = (id: string): string => ids.get(id) ?? id;
  return turns.map((turn) => ({
    ...turn,
    calls: turn.calls?.map((call) => ({ ...call, id: short(call.id) })),
    callId: turn.callId === undefined ? undefined : short(turn.callId),
  }));
}

/** Parts an answer with several calls into answers with one, each before its result. */
export function singleCalls(turns: readonly Turn[]): readonly Turn[] {
  if (!turns.some(({ calls = [] }) => calls.length > 1)) return turns;
  const results = new Map(turns.flatMap((turn) => (turn.callId === undefined ? [] : [[turn.callId, turn]])));
  const placed = new Set<Turn>();
  const parted: Turn[] = [];
  for (const turn of turns) {
    if (placed.has(turn)) continue;
    if (turn.calls === undefined || turn.calls.length < 2) {
      parted.push(turn);
      continue;
    }
    for (const [at, call] of turn.calls.entries()) {
      const result = results.get(call.id);
      parted.push(at === 0 ? { ...turn, calls: [call] } : { role: 'assistant', content: '', calls: [call] });
      if (result === undefined) continue;
      parted.push(result);
      placed.add(result);
    }
  }
  return parted;
}

/** Writes calls into the text of their answer. */
export function writeCalls(turns: readonly Turn[]): readonly Turn[] {
  if (!turns.some(({ calls }) => calls !== undefined)) return turns;
  return turns.map(({ calls, ...turn }) =>
    calls === undefined
      ? turn
      : { ...turn, content: [turn.content, callsAsText(calls)].filter((text) => text !== '').join('\n') },
  );
}

/** Turns results of tools into messages of the user, one for those that follow each other. */
export function writeResults(turns: readonly Turn[]): readonly Turn[] {
  if (!turns.some(({ role }) => role === 'tool')) return turns;
  const written: Turn[] = [];
  for (const [at, turn] of turns.entries()) {
    if (turn.role !== 'tool') {
      written.push(turn);
      continue;
    }
    const before = turns[at - 1]?.role === 'tool' ? `${written.pop()?.content}\n` : '';
    written.push({ role: 'user', content: before + resultAsText(turn.content) });
  }
  return written;
}

/** Describes tools in the instructions. @param template see {@link describeTools} */
export function writeTools(
  turns: readonly Turn[],
  tools: readonly ToolDefinition[],
  template: string,
): readonly Turn[] {
  if (tools.length === 0) return turns;
  const [first, ...rest] = turns;
  const description = describeTools(tools, template);
  if (first?.role !== 'system') return [{ role: 'system', content: description }, ...turns];
  const content = first.content === '' ? description : first.content + PARAGRAPH + description;
  return [{ ...first, content }, ...rest];
}
