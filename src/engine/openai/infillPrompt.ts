/** The request with which an endpoint fills in the text between two others. */
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import {
  aroundHole,
  type FimContext,
  type FimFormat,
  fimFormatByName,
} from '../../inference/format/fim/index.ts';
import type { InfillRequest, Surroundings } from '../../inference/index.ts';
import { completionBody, infillBody, type ServedModel, type Server } from '../../openaiApi/index.ts';

/** A request to fill in. */
export interface InfillCall {
  readonly path: string;
  readonly body: object;
  /** True for a path below the root of the server. */
  readonly atRoot: boolean;
  /** Texts that end the completion, those of the model's format among them. */
  readonly stop: readonly string[];
}

/** Tells if a model can fill in, as far as that is known. */
export function canInfill({ dialect }: Server, { id, abilities }: ServedModel): boolean {
  return dialect.infill === 'raw' ? fimFormatByName(id) !== undefined : abilities.infill === true;
}

/**
 * Writes the request. Returns undefined if the texts have a mark of the model's format in them, which the server would
 * read as one.
 * @throws ModelError `engine-error` for a prompt of another form.
 */
export function infillCall(
  { dialect }: Server,
  { id }: ServedModel,
  request: InfillRequest,
): InfillCall | undefined {
  const { prompt, stop = [], surroundings, ...limits } = request;
  const texts = aroundHole(prompt);
  if (texts === undefined) {
    const message = t('A model on a server takes its own form of this request only. Choose it again.');
    throw new ModelError('engine-error', message);
  }
  const asked = { ...limits, stop };
  switch (dialect.infill) {
    case 'infill':
      return {
        path: '/infill',
        atRoot: true,
        stop,
        body: infillBody(id, { ...texts, surroundings }, asked, dialect),
      };
    case 'suffix': {
      const options = { suffix: texts.suffix, withProbabilities: true };
      const body = completionBody(id, { ...asked, prompt: texts.prefix }, dialect, options);
      return { path: '/completions', atRoot: false, stop, body };
    }
    case 'raw': {
      const format = fimFormatByName(id);
      if (format === undefined || hasMark(format.marks, [texts.prefix, texts.suffix])) return undefined;
      const written = writtenPrompt(format, texts, surroundings);
      // The ends of lines that rules ask for are few, and the marks of a format end most completions.
      const stops = [...stop, ...format.stop];
      const body = completionBody(id, { ...asked, prompt: written, stop: stops }, dialect, {
        withProbabilities: true,
      });
      return { path: '/completions', atRoot: false, stop: stops, body };
    }
  }
}

function hasMark(marks: readonly string[], texts: readonly string[]): boolean {
  return marks.some((mark) => texts.some((text) => text.includes(mark)));
}

/** Writes a prompt, with the texts of other files that have no mark in them. */
function writtenPrompt(format: FimFormat, texts: FimContext, surroundings: Surroundings | undefined): string {
  const { repository } = format;
  const marks = [...format.marks, ...(repository?.marks ?? []), ...format.stop];
  const files = surroundings?.files.filter(({ path, text }) => !hasMark(marks, [path, text])) ?? [];
  const isKnown = repository !== undefined && surroundings !== undefined && files.length > 0;
  const prompt = isKnown ? repository.prompt(texts, { ...surroundings, files }) : format.prompt(texts);
  return prompt.map((part) => (typeof part === 'string' ? part : part.mark)).join('');
}
