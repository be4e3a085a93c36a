/** Builds the messages of an instruction that changes lines of a file, for a small local model. */
import type { ChatMessage, ImageContent } from '../inference/index.ts';
import { type Attachment, BEFORE, formatMessage, SELECTED } from './attachment.ts';
import { fenced } from './fence.ts';

/** An instruction that was answered, and the answer. */
export interface EditTurn {
  readonly instruction: string;
  /** The new lines. */
  readonly lines: readonly string[];
}

/** The lines to change and the instruction. */
export interface EditPrompt {
  /** Instructions before this one, whose answers it is about; the oldest first. */
  readonly earlier?: readonly EditTurn[];
  readonly instruction: string;
  /** Images that the instruction is about. Defaults to none. */
  readonly images?: readonly ImageContent[] | undefined;
  /** VS Code's identifier of the language. */
  readonly languageId: string;
  /** The file's name or path. */
  readonly label: string;
  /** Lines to change. */
  readonly lines: readonly string[];
  /** Lines just before and after them, which are not changed. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** True for models that repeat the words of a prompt instead of following them. Defaults to false. */
  readonly isShort?: boolean;
}

/** The required form of the answer. It is repeated after the question, because small models forget the beginning. */
export const EDIT_SYSTEM_PROMPT =
  'You edit code. Answer with one fenced code block that holds the changed lines and nothing else.';

/** The same in fewer words. */
const SHORT_SYSTEM_PROMPT = 'You are a code editor.';

function hasText(lines: readonly string[]): boolean {
  return lines.some((line) => line.trim() !== '');
}

/** Builds the messages; `createEditReader` reads the answer. */
export function buildEditMessages(input: EditPrompt): ChatMessage[] {
  const { languageId, label, lines, earlier = [], images = [], isShort = false } = input;
  const attachments: Attachment[] = [
    { title: `${BEFORE}, do not repeat it`, languageId, lines: input.before },
    { title: 'Code after, do not repeat it', languageId, lines: input.after },
    { title: `${SELECTED}, ${label}`, languageId, lines },
  ].filter((attachment) => hasText(attachment.lines));
  const place = hasText(lines) ? '' : `Write new lines for ${label} (${languageId}).\n`;
  const questions = [...earlier.map(({ instruction }) => instruction), input.instruction].map(
    (instruction) =>
      isShort
        ? `Rewrite the code: ${instruction.trim()}`
        : `${instruction.trim()}\nAnswer with one fenced code block and nothing else.`,
  );
  return [
    { role: 'system', content: isShort ? SHORT_SYSTEM_PROMPT : EDIT_SYSTEM_PROMPT },
    ...questions.flatMap((question, index): ChatMessage[] => {
      const answer = earlier[index - 1];
      const content = formatMessage(
        index === 0 ? { attachments, question: place + question } : { attachments: [], question },
      );
      const hasImages = index === earlier.length && images.length > 0;
      return [
        ...(answer === undefined
          ? []
          : [{ role: 'assistant' as const, content: fenced(answer.lines, languageId) }]),
        { role: 'user' as const, content, ...(hasImages ? { images } : {}) },
      ];
    }),
  ];
}
