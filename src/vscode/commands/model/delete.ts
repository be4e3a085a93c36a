/** “Delete Model…”: removes one model or all selected ones from this machine after a confirmation. */
import { isImported } from '../../../adopt/index.ts';
import { formatBytes } from '../../../base/format.ts';
import { asLocalized, type Localized, t } from '../../../base/l10n.ts';
import type { ListedModel } from '../../../session/index.ts';
import type { DeletionPreview } from '../../../store/index.ts';
import { showError } from '../../window/errors.ts';
import { confirm, showInfo } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import { property } from '../property.ts';
import type { CommandServices } from '../services.ts';
import { HAS_STORED, LOCAL_FOCUSED, ON_MODELS } from '../when.ts';
import { modelsOf, ON_SELECTION, pickModel } from './argument.ts';

export const deleteModel = defineCommand({
  id: 'ociModels.model.delete',
  title: 'Delete Model…',
  icon: 'trash',
  when: ON_MODELS,
  menus: { 'view/item/context': ['9_delete@1'] },
  // The keys for it in VS Code's own trees.
  keybinding: { key: 'delete', mac: 'cmd+backspace', when: LOCAL_FOCUSED, args: ON_SELECTION },
  palette: HAS_STORED,
  run,
});

async function run(services: CommandServices, argument: unknown, selection?: unknown): Promise<void> {
  const chosen = await modelsOf(services, argument, selection);
  if (chosen.length === 0 && property(argument, 'selection') === true) return;
  const wanted = chosen.length > 0 ? chosen : await pick(services);
  if (wanted.length === 0 || !(await isConfirmed(wanted, services))) return;
  await deleteAll(wanted, services);
}

async function pick({ models }: CommandServices): Promise<ListedModel[]> {
  const candidates = await models.list();
  // Without any model this throws, and says how to get one.
  if (candidates.length === 0) await models.chosen();
  const model = await pickModel(candidates, models, t('Delete Model'));
  return model === undefined ? [] : [model];
}

async function isConfirmed(wanted: readonly ListedModel[], { store }: CommandServices): Promise<boolean> {
  const opened = await store();
  const previews = await opened.deletionPreviews(wanted.map(({ reference }) => reference));
  const [[only], [preview]] = [wanted, previews];
  if (wanted.length === 1 && only !== undefined && preview !== undefined)
    return confirm(
      t('Delete {0} from this machine? {1}', only.label, consequence(preview)),
      t('Delete'),
      isImported(only.reference) ? undefined : t('It can be pulled again.'),
    );
  const freed = previews.reduce((sum, one) => sum + (one?.freedBytes ?? 0), 0);
  return confirm(
    // Files that only they share are freed too.
    t('Delete {0} models from this machine? This frees at least {1}.', wanted.length, formatBytes(freed)),
    t('Delete'),
    // Names have no words to translate.
    asLocalized(wanted.map(({ label }) => label).join('\n')),
  );
}

/** Deletes one after another. A failure is shown, and does not stop the others. */
async function deleteAll(wanted: readonly ListedModel[], { models, output }: CommandServices): Promise<void> {
  const deleted: string[] = [];
  let freed = 0;
  for (const { reference, label } of wanted) {
    try {
      freed += await models.delete(reference);
      deleted.push(label);
    } catch (error) {
      showError(error, output);
    }
  }
  const [name] = deleted;
  if (name === undefined) return;
  const bytes = formatBytes(freed);
  void showInfo(
    deleted.length === 1
      ? t('Deleted {0} and freed {1}.', name, bytes)
      : t('Deleted {0} models and freed {1}.', deleted.length, bytes),
  );
}

function consequence({ freedBytes, sharedBytes }: DeletionPreview): Localized {
  const freed = formatBytes(freedBytes);
  if (sharedBytes === 0) return t('This frees {0}.', freed);
  if (freedBytes === 0) return t('This frees no space, because something else uses the same files.');
  const shared = formatBytes(sharedBytes);
  return t('This frees {0}; {1} stay because something else uses them.', freed, shared);
}
