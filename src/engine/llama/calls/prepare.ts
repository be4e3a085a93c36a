/** Starts llama.cpp ahead of a load, so that the load of a cached file takes half of the time. */
import * as z from 'zod';
import { defineCall } from '../call.ts';

export const prepareCall = defineCall({
  name: 'prepare',
  params: z.strictObject({ gpu: z.enum(['auto', 'off']) }),
  event: z.never(),
  result: z.strictObject({}),
});
