/** The state of a model's engine, in words. */
import { type Localized, t } from '../../../base/l10n.ts';
import type { EngineState } from '../../../inference/index.ts';

export function isLoaded(state: EngineState): boolean {
  return state === 'ready' || state === 'generating';
}

/** Describes the state of an engine in a few words. */
export function stateText(state: EngineState): Localized {
  switch (state) {
    case 'loading':
      return t('loading…');
    case 'ready':
      return t('loaded');
    case 'generating':
      return t('answering…');
    case 'crashed':
      return t('stopped unexpectedly');
    case 'unloaded':
      return t('not loaded');
  }
}
