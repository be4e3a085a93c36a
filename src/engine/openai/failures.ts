/** Failures of endpoints as errors that a person can act on. Messages name the host, never a path, a query or a key. */
import { ModelError, systemErrorCode } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { isolated } from '../../base/text.ts';
import { isOverflow, refusesTools, type ServerError, StreamFailure } from '../../openaiApi/index.ts';

/** The subject of a request, for messages. */
export interface Asked {
  /** Host and port. */
  readonly host: string;
  /** The server's name for the model; undefined for a request about all. */
  readonly model?: string | undefined;
}

/** An unsuccessful answer. */
export interface Failed {
  readonly status: number;
  readonly error: ServerError;
  readonly retryAfterMs?: number | undefined;
}

/** The error of a request that was refused because it has tools; nothing was generated. */
export class ToolsRefusedError extends ModelError {}

/** Returns the error of an unsuccessful answer, or of an error that came with status 200. */
export function endpointFailure(asked: Asked, { status, error, retryAfterMs }: Failed): ModelError {
  const { host, model } = asked;
  const words = wordsOf(error);
  const said = words === '' ? '' : `: ${words}`;
  const details = { status };
  if (error.isPage) return notThisApi(asked);
  if (status === 401 || status === 403) {
    const message = t('{0} refused the API key{1}. Edit the endpoint to enter another one.', host, said);
    return new ModelError('endpoint-denied', message, details);
  }
  if (isOverflow(error)) return overflow(asked, error);
  if (status === 404) {
    const message =
      model === undefined
        ? t('{0} has no OpenAI-compatible API at this address{1}. Check the endpoint’s address.', host, said)
        : t('{0} does not serve {1}{2}. Choose another model.', host, model, said);
    return new ModelError('not-found', message, details);
  }
  if (status === 429) {
    const message = t('{0} has too many requests{1}. Try again in a while.', host, said);
    return new ModelError('rate-limited', message, {
      ...details,
      retryable: true,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
  if (status >= 300 && status < 400) {
    const message = t('{0} redirects to another address. Add that one as the endpoint instead.', host);
    return new ModelError('engine-error', message, details);
  }
  const code = status === 200 ? '' : ` (${status})`;
  const message =
    said === ''
      ? t('{0} failed{1} without a reason. Check its log, or try again.', host, code)
      : t('{0} failed{1}{2}. Check its log, or try again.', host, code, said);
  const AnswerError = status >= 400 && refusesTools(error) ? ToolsRefusedError : ModelError;
  return new AnswerError('engine-error', message, { ...details, retryable: status >= 500 });
}

/** The server may have put a prompt or a key into its words, which stand within a sentence here. */
function wordsOf({ message }: ServerError): string {
  return isolated(message.replace(/\.$/, ''));
}

/** Returns the error of an error in a stream; another one as it is. */
export function streamFailure(asked: Asked, error: unknown): unknown {
  if (!(error instanceof StreamFailure)) return error;
  const { serverError } = error;
  // It has the status that it would have had as an answer, if any.
  const told = Number(serverError.code);
  return endpointFailure(asked, { status: told >= 400 && told < 600 ? told : 200, error: serverError });
}

/** Returns the error of a server that answers in another language than that of this API. */
export function notThisApi({ host }: Asked): ModelError {
  const message = t(
    '{0} did not answer with an OpenAI-compatible API but with something else, such as a web page. Check the endpoint’s address.',
    host,
  );
  return new ModelError('engine-error', message);
}

function overflow({ host }: Asked, error: ServerError): ModelError {
  const { promptTokens, contextTokens } = error;
  const text =
    promptTokens !== undefined && contextTokens !== undefined
      ? t(
          'The conversation takes {0} tokens, but {1} allocated a context of {2}. Shorten it, or start the server with a larger context.',
          promptTokens,
          host,
          contextTokens,
        )
      : t(
          'The conversation does not fit into the context that {0} allocated: {1}. Shorten it, or start the server with a larger context.',
          host,
          wordsOf(error),
        );
  return new ModelError('context-overflow', text);
}

const NO_TLS = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_RECORD_LAYER_FAILURE',
]);

/** Gives an endpoint's advice in place of a registry's, if that would be another. */
export function endpointAdvice(error: unknown, { host }: Asked): unknown {
  if (!(error instanceof ModelError)) return error;
  if (error.code !== 'tls' || !NO_TLS.has(systemErrorCode(error.cause) ?? '')) return error;
  const message = t('{0} does not speak TLS. Write the endpoint’s address with http:// instead.', host);
  return new ModelError('tls', message, { cause: error });
}
