/** The marks that an answer is read with. */
import type { OfferedTool } from '../answer.ts';
import { FAMILIES } from '../families/index.ts';
import type { Mark } from '../outputFamily.ts';
import { CALL_TAG } from '../tags.ts';
import { THOUGHT_ENDS } from '../turnMarks.ts';
import { MarkSet } from './markSet.ts';

export interface ReaderMarks {
  readonly marks: readonly Mark[];
  /** Marks that open something, and those of calls among them. */
  readonly opens: MarkSet;
  readonly callOpens: MarkSet;
  /** Those of calls that are text within a line. */
  readonly lineOpens: ReadonlySet<string>;
  readonly thoughtClosers: readonly string[];
}

const KNOWN = new Map<string, ReaderMarks>();

/**
 * @param family the name of one that comes first: models of a family also write in the forms of others.
 * @param tools those that are offered.
 */
export function readerMarks(family: string | undefined, tools: readonly OfferedTool[]): ReaderMarks {
  const named = FAMILIES.some(({ name }) => name === family) ? family : undefined;
  const isOfTools = FAMILIES.some(({ name, ofTool }) => name === named && ofTool !== undefined);
  if (isOfTools) return create(named, tools);
  const key = `${tools.length > 0} ${named ?? ''}`;
  const known = KNOWN.get(key) ?? create(named, tools);
  KNOWN.set(key, known);
  return known;
}

function create(family: string | undefined, tools: readonly OfferedTool[]): ReaderMarks {
  const hasTools = tools.length > 0;
  const families = FAMILIES.filter(({ name, isByName }) => name === family || isByName !== true);
  families.sort((one, other) => Number(other.name === family) - Number(one.name === family));
  const all = families.flatMap(({ marks, ofTool }) => [
    ...marks,
    ...(ofTool === undefined ? [] : tools.flatMap(({ name }) => ofTool(name))),
  ]);
  // Without tools a mark of a call is text: somebody may write about it.
  const marks = hasTools ? all : all.filter((mark) => !isOfCalls(mark));
  const generic = hasTools ? CALL_TAG : undefined;
  const closers = [...new Set(all.flatMap((mark) => (mark.kind === 'thought' ? mark.close : [])))];
  const calls = marks.flatMap(({ kind, open }) => (kind === 'call' ? [open] : []));
  return {
    marks,
    opens: new MarkSet(
      marks.map(({ open }) => open),
      generic,
    ),
    callOpens: new MarkSet(calls, generic),
    lineOpens: new Set(
      marks.flatMap((mark) => (mark.kind === 'call' && mark.startsLine === true ? [mark.open] : [])),
    ),
    thoughtClosers: closers.filter((mark) => THOUGHT_ENDS.includes(mark)),
  };
}

function isOfCalls(mark: Mark): boolean {
  return mark.kind === 'call' || (mark.kind === 'stray' && mark.ofCalls === true);
}
