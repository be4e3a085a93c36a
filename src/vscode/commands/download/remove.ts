/** “Remove Partial Download…”: frees the space of a stopped download after a confirmation. */
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
    t('Remove the partial download of {0}? This frees {1}.', name, formatBytes(download.doneBytes)),
    t('Remove'),
    t('Pulling it again starts from the beginning.'),
  );
  if (!isConfirmed) return;
  const opened = await store();
  let freed = 0;
  for (const digest of download.digests) freed += await opened.removePartial(digest);
  void showInfo(t('Removed the partial download of {0} and freed {1}.', name, formatBytes(freed)));
}
