/** “Snooze Code Completions…”: no ghost text in this window for a while. One that is triggered by hand comes all the same. */
import { t } from '../../../base/l10n.ts';
import { pickOne } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import { COMPLETIONS, SNOOZED } from '../when.ts';

const MINUTES = [5, 15, 30, 60, 240];
const MOST_MINUTES = 24 * 60;

export const snoozeCompletions = defineCommand({
  id: 'ociModels.completion.snooze',
  title: 'Snooze Code Completions…',
  palette: `${COMPLETIONS} && !${SNOOZED}`,
  run: async ({ completions }, argument) => {
    const minutes = isMinutes(argument) ? argument : await pickMinutes();
    if (minutes !== undefined) completions.snooze.start(minutes * 60_000);
  },
});

/** Keys can be bound to a pause of any length. */
function isMinutes(argument: unknown): argument is number {
  return typeof argument === 'number' && argument > 0 && argument <= MOST_MINUTES;
}

async function pickMinutes(): Promise<number | undefined> {
  const choices = MINUTES.map((minutes) => ({ label: durationText(minutes), minutes }));
  const picked = await pickOne(choices, { placeHolder: t('How long code is not completed in this window') });
  return picked?.minutes;
}

function durationText(minutes: number): string {
  if (minutes < 60) return t('{0} minutes', minutes);
  return minutes === 60 ? t('1 hour') : t('{0} hours', minutes / 60);
}
