/** “Remove Partial Download…”: gives the space of a stopped download back after asking. */
import { formatBytes } from '../../../base/format.ts';
import { t } from '../../../base/l10n.ts';
import { downloadName } from '../../views/local/download.ts';
import { confirm, showInfo } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, rowHas } from '../when.ts';
import { downloadOf } from './argument.ts';

export const removeDownload = defineCommand({
  id: 'ociModels.download.remove',
  title: 'Remove Partial Download…',
  icon: 'trash',
  when: `${IN_LOCAL} && ${rowHas('stopped')}`,
  menus: { 'view/item/context': ['inline@2', '9_delete@1'] },
  palette: false,
  run,
});

async function run({ models, store }: CommandServices, argument: unknown): Promise<void> {
  const download = await downloadOf(models, argument);
  if (download === undefined) return;
  const name = downloadName(download);
  const isConfirmed = await confirm(
    t('Remove what was downloaded of {0}? {1} are freed.', name, formatBytes(download.doneBytes)),
    t('Remove'),
    t('It can be pulled again, from its beginning.'),
  );
  if (!isConfirmed) return;
  const opened = await store();
  let freed = 0;
  for (const digest of download.digests) freed += await opened.removePartial(digest);
  void showInfo(t('What was downloaded of {0} was removed; {1} are free again.', name, formatBytes(freed)));
}
