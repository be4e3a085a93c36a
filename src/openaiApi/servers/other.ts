/** Any other server of OpenAI's API, of which nothing beyond that is expected. */
import { tokenCount } from '../servedModel.ts';
import { COMMON_SAMPLING, type Server } from './server.ts';

export const other: Server = {
  name: 'OpenAI-compatible server',
  recognize: () => true,
  readEntry: ({ id, fields }) => ({
    id,
    contextTokens: tokenCount(fields['context_length']) ?? tokenCount(fields['max_model_len']),
    abilities: {},
  }),
  dialect: { sampling: COMMON_SAMPLING, infill: 'raw', hasProbabilities: false },
};
