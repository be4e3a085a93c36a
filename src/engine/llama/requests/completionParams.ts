/** The requests of completions, as llama.cpp's process gets them. */
import type { CompletionRequest, InfillRequest } from '../../../inference/index.ts';
import type { CompleteParams } from '../calls/complete.ts';

export function completionParams(request: CompletionRequest): CompleteParams {
  const { prompt, maxTokens, sampling = {}, stop = [] } = request;
  return {
    prompt: [prompt],
    purpose: 'chat',
    maxTokens,
    sampling,
    stop: [...stop],
    withProbability: false,
  };
}

export function infillParams(request: InfillRequest): CompleteParams {
  const { prompt, purpose = 'infill', maxTokens, sampling = {}, stop = [], begin } = request;
  return {
    prompt: markedText(prompt),
    purpose,
    maxTokens,
    sampling,
    stop: [...stop],
    begin,
    minJointProbability: request.minJointProbability,
    withProbability: true,
  };
}

export function markedText(prompt: InfillRequest['prompt']): CompleteParams['prompt'] {
  return prompt.map((part) => (typeof part === 'string' ? part : { mark: part.mark }));
}
