/** The purposes of requests, the most urgent first. */
import * as z from 'zod';

export const PURPOSES = ['infill', 'edit', 'chat'] as const;
export const purposeSchema = z.enum(PURPOSES);
export type Purpose = z.infer<typeof purposeSchema>;
