/** “Delete Model…”: removes a model from this machine after a confirmation. */
import { isImported } from '../../../adopt/index.ts';
import { formatBytes } from '../../../base/format.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import type { DeletionPreview } from '../../../store/index.ts';
import { confirm, showInfo } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { ON_MODEL } from '../when.ts';
import { modelOf, pickModel } from './argument.ts';

export const deleteModel = defineCommand({
  id: 'ociModels.model.delete',
  title: 'Delete Model…',
  icon: 'trash',
  when: ON_MODEL,
  menus: { 'view/item/context': ['9_delete@1'] },
  run,
});

async function run({ models, store }: CommandServices, argument: unknown): Promise<void> {
  const candidates = await models.list();
  if (candidates.length === 0) await models.chosen();
  const model = (await modelOf(models, argument)) ?? (await pickModel(candidates, models, t('Delete Model')));
  if (model === undefined) return;
  const name = model.label;
  const preview = await (await store()).deletionPreview(model.reference);
  const isConfirmed = await confirm(
    t('Delete {0} from this machine? {1}', name, consequence(preview)),
    t('Delete'),
    isImported(model.reference) ? undefined : t('It can be pulled again.'),
  );
  if (!isConfirmed) return;
  const freed = await models.delete(model.reference);
  void showInfo(t('Deleted {0} and freed {1}.', name, formatBytes(freed)));
}

function consequence({ freedBytes, sharedBytes }: DeletionPreview): Localized {
  const freed = formatBytes(freedBytes);
  if (sharedBytes === 0) return t('This frees {0}.', freed);
  if (freedBytes === 0) return t('This frees no space, because something else uses the same files.');
  const shared = formatBytes(sharedBytes);
  return t('This frees {0}; {1} stay because something else uses them.', freed, shared);
}
