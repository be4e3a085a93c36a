/** Asks which GPUs are available, without loading anything. */
import * as z from 'zod';
import { defineCall } from '../call.ts';

const bytes = z.int().nonnegative();

/** The combined memory of all GPUs; all 0 if `gpu` is `cpu`. */
const result = z.strictObject({
  /** `cpu`, `metal`, `cuda` or `vulkan`. */
  gpu: z.string().max(32),
  totalBytes: bytes,
  availableBytes: bytes,
  /** True if it is the machine's main memory. */
  unified: z.boolean(),
});
export type Devices = z.infer<typeof result>;

export const devicesCall = defineCall({
  name: 'devices',
  params: z.strictObject({}),
  event: z.never(),
  result,
});
