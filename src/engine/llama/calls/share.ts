/** Lets other windows of this user find the process. */
import * as z from 'zod';
import { defineCall } from '../call.ts';

const params = z.strictObject({
  /** Path of the socket, or name of the pipe on Windows. */
  path: z.string().min(1).max(1024),
  /** Path of the file with the word that clients must send. */
  tokenPath: z.string().min(1).max(1024),
});
export type Door = z.infer<typeof params>;

export const shareCall = defineCall({
  name: 'share',
  params,
  event: z.never(),
  /** `taken` if another process is there already. */
  result: z.strictObject({ door: z.enum(['open', 'taken', 'failed']) }),
});
