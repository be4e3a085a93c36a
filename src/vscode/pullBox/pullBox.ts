/** The box that asks for the model to pull: any name or pasted command, or one of the rows below it. */
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import type { MachineMemory } from '../../gguf/index.ts';
import { familiarReference, parseTypedReference, type Reference } from '../../oci/index.ts';
import { describeForLog } from '../window/errors.ts';
import { askInList } from '../window/notify.ts';
import type { RecentNames } from './recentNames.ts';
import { flawRow, hintRow, nameRows, type PullRow, typedRow } from './rows.ts';

/** Everything that the box needs. */
export interface PullBoxServices {
  readonly recentNames: RecentNames;
  /** The memory that models are judged by; asking for it may take a second. */
  readonly machine: { memory(): Promise<MachineMemory> };
  readonly output: Log;
}

/** Asks for the model to pull. @returns undefined if the box was closed. */
export async function askForModelToPull(services: PullBoxServices): Promise<Reference | undefined> {
  const chosen = await askInList<PullRow, Reference>({
    title: t('Pull OCI Model'),
    placeHolder: t('A model name, for example smollm2:135M-Q4_0 or ghcr.io/org/model:tag'),
    fill: (text, show, signal) => void fill(services, text, show, signal),
    accept: (row, text) => (row === undefined ? typed(text) : row.chosen),
  });
  if (chosen !== undefined) await services.recentNames.add(familiarReference(chosen));
  return chosen;
}

/** Returns the reference that a text means, or undefined if it means none. */
function typed(text: string): Reference | undefined {
  try {
    return parseTypedReference(text);
  } catch {
    // The box says why, and stays open.
    return undefined;
  }
}

type Show = (rows: readonly PullRow[]) => void;

async function fill(
  services: PullBoxServices,
  text: string,
  show: Show,
  _signal: AbortSignal,
): Promise<void> {
  if (text.trim() === '') return fillEmpty(services, show);
  try {
    show([typedRow(parseTypedReference(text))]);
  } catch (error) {
    show([flawRow(error)]);
  }
}

async function fillEmpty({ recentNames, machine, output }: PullBoxServices, show: Show): Promise<void> {
  const rows = (memory: MachineMemory | undefined): PullRow[] => [
    hintRow(),
    ...nameRows(recentNames.all, memory),
  ];
  show(rows(undefined));
  try {
    show(rows(await machine.memory()));
  } catch (error) {
    output.warn(`Suggested models were not judged. ${describeForLog(error)}`);
  }
}
