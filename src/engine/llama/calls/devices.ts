/** Asks which GPUs there are. Nothing is loaded for it. */
import { z } from 'zod';
import { defineCall } from '../call.ts';

const bytes = z.int().nonnegative();

/** The memory of all GPUs together; all 0 if `gpu` is `cpu`. */
const result = z.strictObject({
  /** `cpu`, `metal`, `cuda` or `vulkan`. */
  gpu: z.string().max(32),
  totalBytes: bytes,
  availableBytes: bytes,
  /** Tells if it is the machine's own memory. */
  unified: z.boolean(),
});
export type Devices = z.infer<typeof result>;

export const devicesCall = defineCall({
  name: 'devices',
  params: z.strictObject({}),
  event: z.never(),
  result,
});
