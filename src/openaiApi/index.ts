/**
 * The wire format of OpenAI's API as servers really write it, read and written without a network. A folder of tables:
 * one file a server in `servers/`, with how it is recognized, what it tells about its models, and its own words.
 *
 * Nothing that a server sends is required to be there, and nothing that was generated is discarded: texts that a server
 * could not parse are taken out of the message of its error.
 */
export { below, candidateUrls, formatEndpointUrl, parseEndpointUrl, serverRoot } from './address.ts';
export { AnswerStream, ForeignBodyError, NO_REASON, StreamFailure } from './answerStream.ts';
export { CallAssembler } from './callAssembler.ts';
export type { Chunk, ChunkUsage, RawToolCall, ToolCallDelta } from './chunk.ts';
export { EventTooLongError } from './eventStream.ts';
export { chatBody, closesThought, completionBody, infillBody } from './requests.ts';
export { type Abilities, readModelList, type ServedModel } from './servedModel.ts';
export {
  isLoading,
  isOverflow,
  readServerError,
  refusesTools,
  rescuedText,
  type ServerError,
} from './serverError.ts';
export { type Ask, type Dialect, recognizeServer, type Server } from './servers/index.ts';
