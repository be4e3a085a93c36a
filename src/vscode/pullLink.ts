/**
 * Links that ask for a pull: `vscode://oci-models.oci-models/pull?ref=ghcr.io/org/model:tag`. Any page can have one and
 * any program can open one, so nothing happens before the user confirmed the full name, and no registry is asked.
 */
import type * as vscode from 'vscode';
import { ModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import { quoted } from '../base/text.ts';
import { formatReference, parseReference, type Reference } from '../oci/index.ts';
import type { Pulls } from './pulls.ts';
import { messageOf } from './window/errors.ts';
import { confirm, showWarning } from './window/notify.ts';

const PATH = '/pull';
const PARAMETER = 'ref';

/** Everything that links need. */
export interface LinkServices {
  readonly pulls: Pick<Pulls, 'pull'>;
  readonly log: Log;
}

/** Handles links to this extension. */
export class PullLinks implements vscode.UriHandler {
  readonly #services: LinkServices;
  #isAsking = false;

  constructor(services: LinkServices) {
    this.#services = services;
  }

  /** Resolves when the user has answered; the pull goes on. Further links until then are dropped. */
  async handleUri(uri: Pick<vscode.Uri, 'path' | 'query'>): Promise<void> {
    const { pulls, log } = this.#services;
    if (this.#isAsking) {
      log.warn('A link was dropped, because another one waits for an answer.');
      return;
    }
    this.#isAsking = true;
    try {
      const reference = readLink(uri);
      if (await isWanted(reference)) void pulls.pull(reference);
    } catch (error) {
      log.warn(`A link was refused: ${messageOf(error)}`);
      void showWarning(t('This link was not opened. {0}', messageOf(error)));
    } finally {
      this.#isAsking = false;
    }
  }
}

function isWanted(reference: Reference): Promise<boolean> {
  return confirm(
    t('Pull {0}?', formatReference(reference)),
    t('Pull'),
    t(
      'A link asks for this model. {0} is asked for it only if you agree; pull models only from sources that you trust.',
      reference.registry,
    ),
  );
}

/**
 * Reads a link. VS Code has decoded its parts already.
 * @throws ModelError `reference-invalid` with the flaw.
 */
function readLink({ path, query }: Pick<vscode.Uri, 'path' | 'query'>): Reference {
  if (path !== PATH) throw invalid(t('{0} is no action of OCI Models. Update the extension.', quoted(path)));
  const references: string[] = [];
  for (const part of query.split('&').filter((one) => one !== '')) {
    const [name = '', ...rest] = part.split('=');
    if (name !== PARAMETER) throw invalid(t('It has the unknown parameter {0}.', quoted(name)));
    references.push(rest.join('='));
  }
  const [reference, second] = references;
  if (reference === undefined || second !== undefined) throw invalid(t('It must name one model, as “ref”.'));
  return parseReference(reference);
}

function invalid(message: Localized): ModelError {
  return new ModelError('reference-invalid', message);
}
