/** Machines of all kinds, and the verdicts by header that agree with one by size. */
import type { SizeVerdict } from '../../../src/catalog/index.ts';
import type { MachineMemory, Verdict } from '../../../src/gguf/index.ts';

/** The kinds of machines, with memory as a multiple of the size of the model's files. */
const RAM = [0.3, 0.6, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.7, 2, 2.5, 3, 4, 6, 10, 20];
const GPU = [undefined, 0.05, 0.2, 0.5, 0.8, 1, 1.1, 1.2, 1.4, 1.7, 2, 3, 5, 10] as const;

/** @param bytes of the model's files. */
export function machines(bytes: number): [text: string, machine: MachineMemory][] {
  return RAM.flatMap((ram) =>
    GPU.flatMap((gpu) =>
      (gpu === undefined ? [false] : [false, true]).map((unified): [string, MachineMemory] => {
        const available = { availableBytes: ram * bytes, totalBytes: 2 * ram * bytes };
        const own =
          gpu === undefined ? undefined : { availableBytes: gpu * bytes, totalBytes: gpu * bytes, unified };
        return [`${ram} RAM, ${gpu ?? 'no'} GPU${unified ? ' unified' : ''}`, { ...available, gpu: own }];
      }),
    ),
  );
}

/** The verdicts of a header that agree with the words of one by size. */
export const AGREES: Readonly<Record<SizeVerdict, readonly Verdict[]>> = {
  gpu: ['gpu'],
  'part-gpu': ['part-gpu'],
  cpu: ['cpu'],
  none: ['none'],
  fits: ['gpu', 'part-gpu', 'cpu'],
  unsure: ['gpu', 'part-gpu', 'cpu', 'none'],
};
