/** “Copy Diagnostics”: puts what an issue needs on the clipboard, without prompts, secrets and paths. */
import { availableParallelism } from 'node:os';
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { diagnosticsText } from '../../diagnostics/report.ts';
import { describeForLog } from '../../window/errors.ts';
import { showInfo } from '../../window/notify.ts';
import { settings } from '../../window/settings.ts';
import { defineCommand } from '../defineCommand.ts';
import { configuredHosts } from '../registry/configuredHosts.ts';
import type { CommandServices } from '../services.ts';

export const copyDiagnostics = defineCommand({
  id: 'ociModels.diagnostics.copy',
  title: 'Copy Diagnostics',
  icon: 'clippy',
  run,
});

/** @returns the text. */
async function run(services: CommandServices): Promise<string> {
  const { models, machine, connections, ledger, output, versions } = services;
  // A part that fails is what the report is about.
  const orElse = async <T>(read: () => Promise<T>, fallback: T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      output.warn(`The diagnostics are not complete. ${describeForLog(error)}`);
      return fallback;
    }
  };
  const [memory, stored, disk, logins] = await Promise.all([
    orElse(() => machine.memory(), undefined),
    orElse(() => models.list(), []),
    orElse(async () => models.diskUse(await models.downloads()), undefined),
    Promise.all(configuredHosts().map(async (host) => [host, await connections.loginSource(host)] as const)),
  ]);
  const text = diagnosticsText({
    versions: [
      ...versions,
      [
        'VS Code',
        `${vscode.version}, ${vscode.env.appHost}, ${vscode.env.remoteName === undefined ? 'local' : 'remote'}`,
      ],
      ['Node', `${process.version}, ${process.platform}-${process.arch}`],
    ],
    memory,
    cores: availableParallelism(),
    models: stored.map((model) => ({ model, state: models.stateOf(model.id) })),
    disk,
    hasOwnFolder: settings.storePathText() !== '',
    endpoints: models.endpoints(),
    logins,
    network: ledger.entries,
    problems: output.problems(),
  });
  await vscode.env.clipboard.writeText(text);
  void showInfo(
    t('Diagnostics were copied. They name models and hosts, but have no prompts, secrets or paths.'),
  );
  return text;
}
