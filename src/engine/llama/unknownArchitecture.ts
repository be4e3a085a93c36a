/** The reason to show for a model whose architecture llama.cpp does not know, both before and after a load. */
import { type Localized, t } from '../../base/l10n.ts';
import { quoted } from '../../base/text.ts';

/** Returns the sentence that says why a model of an unknown architecture does not run here. */
export function unknownArchitecture(name: string): Localized {
  return t(
    'Not runnable here: this version of llama.cpp does not know the architecture {0}.',
    quoted(name, 64),
  );
}
