/** One turn of a conversation with `@local`: the question, the model that answers, and the answer. */
import type * as vscode from 'vscode';
import {
  type Attachment,
  answerFooter,
  buildChatMessages,
  type Omission,
  type SlashCommand,
  slashCommand,
  tokensPerSecond,
  tooMuch,
} from '../../assist/index.ts';
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { markdownText } from '../../base/text.ts';
import type {
  AnswerEvent,
  ChatMessage,
  ChatResult,
  RequestPurpose,
  UserMessage,
} from '../../inference/index.ts';
import {
  type AnsweringModel,
  isEndpointModel,
  type MeasuredUse,
  type ReadyEngine,
  type Session,
} from '../../session/index.ts';
import { ask } from '../ask.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import { commandOf, useInNativeChat } from '../window/buttons.ts';
import { abortSignalOf } from '../window/cancellation.ts';
import { describeForLog } from '../window/errors.ts';
import { act } from './actions.ts';
import type { AnsweredCodes } from './answeredCode.ts';
import { AnswerLinks } from './answerLinks.ts';
import { readHistory, type TurnMetadata } from './context.ts';
import type { ChatPiece } from './gather/chatPiece.ts';
import { placeOf, selectionOf } from './gather/editorCode.ts';
import { type Gathered, gather } from './gather/gather.ts';
import type { ImageFiles } from './gather/imageFiles.ts';
import { EarlierImages, imageDigest } from './gather/images.ts';
import type { LeftOutPieces } from './leftOutPieces.ts';
import { VENDOR } from './modelInformation.ts';
import type { NativeChatOffer } from './nativeChat.ts';
import type { PickedModel } from './pickedModel.ts';
import { Steps } from './steps.ts';
import { type Thinking, Thoughts } from './thoughts.ts';

/** Everything that turns work with. */
export interface ChatServices {
  readonly models: Session;
  readonly picked: PickedModel;
  readonly native: NativeChatOffer;
  readonly leftOut: LeftOutPieces;
  readonly answered: AnsweredCodes;
  readonly thinking: Thinking;
  readonly imageFiles: ImageFiles;
  /** Keeps the speed of answers. */
  readonly use?: Pick<MeasuredUse, 'note'>;
  readonly log: Log;
}

/** A turn as VS Code passes it on. */
export interface Turn {
  readonly request: vscode.ChatRequest;
  readonly context: vscode.ChatContext;
  readonly stream: vscode.ChatResponseStream;
  readonly token: vscode.CancellationToken;
}

/** A result with what the next turns need. */
export type TurnResult = vscode.ChatResult & { readonly metadata: TurnMetadata };

/** The question of a turn to the model. */
interface Question {
  readonly messages: readonly ChatMessage[];
  readonly gathered: Gathered;
  /** True if the answer goes on with the last one. */
  readonly continues: boolean;
}

/** @throws ModelError as `PickedModel.resolve`, `Session.load`, `gather` and `ask`. */
export async function answerTurn(services: ChatServices, turn: Turn): Promise<TurnResult> {
  const { request } = turn;
  const command = slashCommand(request.command);
  if (command?.kind === 'act' && command.name !== 'continue') {
    await act(command, turn);
    return { metadata: { acted: command.name } };
  }
  const signal = abortSignalOf(turn.token);
  const steps = new Steps(turn.stream);
  services.imageFiles.beginTurn();
  // Before the model is loaded, because what is selected may change meanwhile.
  const gathered = await gatherFor(services, turn, command);
  const model = await services.picked.resolve(request.model);
  const ready = await loaded(services.models, model, steps, signal);
  const question = await questionFor(services, turn, command, gathered, ready);
  return answer(services, turn, { model, ready, question, steps, signal });
}

async function gatherFor(
  { leftOut, imageFiles, log }: ChatServices,
  { request }: Turn,
  command: SlashCommand | undefined,
): Promise<Gathered> {
  if (command?.kind === 'act') return { pieces: [], images: [], leftOut: [] };
  const wanted = leftOut.take(request.prompt);
  if (wanted !== undefined) return { pieces: [wanted], images: [], leftOut: [] };
  const gathered = await gather(request, command, { imageFiles, log });
  if (request.toolReferences.length === 0) return gathered;
  const names = request.toolReferences.map(({ name }) => `#${name}`).join(', ');
  return { ...gathered, leftOut: [...gathered.leftOut, t('{0}, because @local runs no tools', names)] };
}

async function loaded(
  models: Session,
  model: AnsweringModel,
  steps: Steps,
  signal: AbortSignal,
): Promise<ReadyEngine> {
  if (isEndpointModel(model)) return models.load(model, { signal });
  const name = markdownText(model.label);
  if (!models.isLoaded(model.id)) steps.say(t('Loading {0}…', name));
  else if (models.isOutdated(model)) steps.say(t('Loading {0} again, because its settings changed…', name));
  return models.load(model, {
    signal,
    onProgress: (fraction) => steps.percent((done) => t('Loading {0}… {1} %', name, done), fraction),
  });
}

async function questionFor(
  { imageFiles }: ChatServices,
  turn: Turn,
  command: SlashCommand | undefined,
  gathered: Gathered,
  { defaults }: ReadyEngine,
): Promise<Question> {
  const earlier = new EarlierImages(imageFiles, gathered.images);
  const history = await readHistory(turn.context, earlier);
  const read = { ...gathered, leftOut: [...gathered.leftOut, ...missing(earlier)] };
  const continues = command?.kind === 'act';
  if (continues) {
    if (history.at(-1)?.role !== 'assistant') {
      throw new ModelError('no-subject', t('There is no answer to continue. Ask something first.'));
    }
    const { system } = defaults;
    // The same front as that of the answer.
    const [first] = buildChatMessages({ system, history: [], prompt: '', references: [] });
    const messages = first?.role === 'system' ? [first, ...history] : history;
    return { messages, gathered: read, continues };
  }
  const messages = buildChatMessages({
    // A publisher's own system prompt suits the model best.
    system: defaults.system,
    history,
    prompt: questionText(turn),
    references: gathered.pieces,
    selection: gathered.subject && selectionOf(gathered.subject),
    images: gathered.images,
  });
  return { messages, gathered: read, continues };
}

/** Images that the model got with earlier questions and does not get again, for people. */
function missing({ lost, tooMany }: EarlierImages): Localized[] {
  const gone =
    lost === 1
      ? t('an image of an earlier question, which is not there any more')
      : t('{0} images of earlier questions, which are not there any more', lost);
  const names =
    tooMany === 1 ? t('an image of an earlier question') : t('{0} images of earlier questions', tooMany);
  return [...(lost === 0 ? [] : [gone]), ...(tooMany === 0 ? [] : [tooMuch(names)])];
}

/** A question with what is needed to answer it. */
interface Prepared {
  readonly model: AnsweringModel;
  readonly ready: ReadyEngine;
  readonly question: Question;
  readonly steps: Steps;
  readonly signal: AbortSignal;
}

async function answer(services: ChatServices, turn: Turn, prepared: Prepared): Promise<TurnResult> {
  const { stream } = turn;
  const { model, ready, question, steps, signal } = prepared;
  const { gathered } = question;
  showPlaces(stream, gathered);
  for (const what of gathered.leftOut) steps.say(t('Left out: {0}', markdownText(what)));
  let asked: UserMessage | undefined;
  const omissions: Omission[] = [];
  const thoughts = new Thoughts(stream, steps);
  const links = new AnswerLinks(stream, gathered);
  if (question.continues) links.resume(question.messages.at(-1)?.content ?? '');
  const keepCode = gathered.subject && services.answered.begin(gathered.subject);
  const canStop = !question.continues && ready.engine.loaded?.closesThoughts !== false;
  const askModel: typeof ask = canStop ? (...given) => services.thinking.ask(...given) : ask;
  const result = await askModel(ready, question.messages, {
    signal,
    onText: (text) => {
      thoughts.flush();
      links.push(text);
    },
    onEvent: (event) => {
      if (event.type === 'thought') thoughts.push(event.text);
      else tell(event, steps);
    },
    onUnseen: (sentence) => stream.markdown(`*${markdownText(sentence)}*\n\n`),
    onDropped: (text, attachment) =>
      omissions.push(attachment === undefined ? { text } : { text, attachment }),
    onFitted: (messages) => {
      asked = messages.findLast((message) => message.role === 'user');
    },
  });
  thoughts.flush();
  links.end();
  log(services, model, result);
  void noteUse(services, model, result);
  const figures = answerFooter(model.label, result, ready.contextTokens);
  // VS Code folds all text away that has a button behind it and more text behind that.
  for (const line of [...endOf(result), ...omissions.map(omissionText), figures]) {
    stream.markdown(`\n\n*${markdownText(line)}*`);
  }
  for (const omission of omissions) offerOmission(omission, services, turn);
  const answered = { instruction: questionText(turn), answer: result.text, model: model.label };
  const code = isForSubject(turn, result) ? keepCode?.(answered) : undefined;
  await offerMore(services, turn, result, code);
  const metadata = {
    model: model.id,
    stopReason: result.stopReason,
    answer: result.text,
    ...(asked === undefined ? {} : askedBy(asked)),
    ...(question.continues ? { continues: true } : {}),
    ...(turn.request.command === undefined ? {} : { command: turn.request.command }),
  };
  return { metadata };
}

/** The question as it was sent, for the next turns. */
function askedBy({ content, images = [] }: UserMessage): Pick<TurnMetadata, 'asked' | 'images'> {
  return { asked: content, ...(images.length === 0 ? {} : { images: images.map(imageDigest) }) };
}

/** Tells if the code of an answer may take the place of the lines that the question was about. */
function isForSubject({ request }: Turn, { text, stopReason }: ChatResult): boolean {
  const command = slashCommand(request.command);
  const rewrites = command === undefined || (command.kind === 'ask' && command.rewrites === true);
  return rewrites && stopReason === 'end' && /^ {0,3}(?:`{3}|~{3})/m.test(text);
}

/** The words of a question as the model reads them: a command has its own. */
function questionText({ request }: Turn): string {
  const command = slashCommand(request.command);
  return command?.kind === 'ask' ? command.question(request.prompt) : request.prompt;
}

/** Lists the places of what the model reads, so that a click opens them. */
function showPlaces(stream: vscode.ChatResponseStream, { pieces, images, subject }: Gathered): void {
  if (subject !== undefined) stream.reference(placeOf(subject));
  for (const { place, kind } of pieces) if (place !== undefined && kind !== 'file') stream.reference(place);
  for (const { place } of images) if (place !== undefined) stream.reference(place);
}

function tell(event: AnswerEvent, steps: Steps): void {
  if (event.type === 'waiting') steps.say(waitingText(event.for));
  else if (event.type === 'note') steps.say(markdownText(event.text));
  else if (event.type === 'prompt' && event.totalTokens - event.evaluatedTokens > 0) {
    steps.percent(
      (done) => t('Reading the question… {0} %', done),
      event.evaluatedTokens / event.totalTokens,
    );
  }
}

function waitingText(purpose: RequestPurpose): Localized {
  if (purpose === 'edit') return t('Waiting for an edit…');
  return purpose === 'chat' ? t('Waiting for another answer…') : t('Waiting for a completion…');
}

function omissionText({ text }: Omission): Localized {
  return t('Left out: {0}', text);
}

/** A button that asks again with what was left out. */
function offerOmission({ attachment }: Omission, { leftOut }: ChatServices, { request, stream }: Turn): void {
  if (attachment === undefined) return;
  const id = leftOut.add(pieceOf(attachment), request.prompt, request.command);
  stream.button({
    title: t('Include It'),
    command: 'ociModels.chat.include' satisfies CommandId,
    arguments: [id],
  });
}

function pieceOf({ title, languageId, lines }: Attachment): ChatPiece {
  return { label: title, languageId, text: lines.join('\n') };
}

/** Says why an answer ended before its end, and what to do. */
function endOf({ stopReason, answerTokens }: ChatResult): Localized[] {
  if (stopReason === 'length') return [t('The answer was cut off at {0} tokens.', answerTokens)];
  if (stopReason !== 'loop') return [];
  return [
    t(
      'The answer was stopped because it only repeated itself. Ask in other words, or choose a larger model.',
    ),
  ];
}

/**
 * Buttons for what may be done with an answer.
 * @param code the id of code for the lines that the question was about.
 */
async function offerMore(
  { native }: ChatServices,
  { request, stream }: Turn,
  { stopReason, text }: ChatResult,
  code: string | undefined,
): Promise<void> {
  const button = (title: Localized, command: CommandId, ...given: unknown[]): void =>
    stream.button({ title, command, arguments: given });
  if (stopReason === 'length') button(t('Continue'), 'ociModels.chat.continue');
  if (code !== undefined) button(t('Propose in Editor'), 'ociModels.chat.apply', code);
  if (request.command === 'commit' && stopReason === 'end') {
    button(t('Use as Commit Message'), 'ociModels.commit.use', text);
  }
  // VS Code's own chat would ask for a sign-in, although it needs none.
  if (request.model?.vendor === VENDOR && (await native.take())) stream.button(commandOf(useInNativeChat()));
}

/** Keeps the speed of an answer. A failure is logged: the answer itself is good. */
async function noteUse({ use, log }: ChatServices, model: AnsweringModel, result: ChatResult): Promise<void> {
  if (isEndpointModel(model)) return;
  try {
    await use?.note(model.manifestDigest, tokensPerSecond(result));
  } catch (error) {
    log.warn(describeForLog(error));
  }
}

function log({ log }: ChatServices, model: AnsweringModel, result: ChatResult): void {
  log.info(
    `@local, ${model.id}: ${result.promptTokens} tokens asked, ${result.evaluatedTokens} evaluated, ` +
      `${result.answerTokens} answered, first text after ${Math.round(result.firstTextMs ?? 0)} ms, ` +
      `${Math.round(result.totalMs)} ms in all, ${result.stopReason}.`,
  );
}
