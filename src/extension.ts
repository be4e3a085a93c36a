/** The composition root: builds the parts and wires them. Nothing heavy is loaded before it is needed. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { LocalSources } from './adopt/index.ts';
import { useTranslations } from './base/l10n.ts';
import { Catalogue, Inspector } from './catalog/index.ts';
import { doorFolder, EnginePool, engineFactory, queryGpuMemory, SpareHosts } from './engine/index.ts';
import { formatReference, type RegistryClient } from './oci/index.ts';
import { Choices, KnownUpdates, MeasuredUse, OptionsOfModels, Session } from './session/index.ts';
import { NEIGHBOR, startHousekeeping } from './store/index.ts';
import { HashThread, WorkerMover } from './transfer/index.ts';
import { LocalChat } from './vscode/chat/localChat.ts';
import { registerCommands } from './vscode/commands/index.ts';
import { Completions } from './vscode/completion/completions.ts';
import { registerCompose } from './vscode/compose/register.ts';
import { DiskUsePanel } from './vscode/diskUse/diskUse.ts';
import { EndpointBook } from './vscode/endpoint/endpointBook.ts';
import { FileEdits } from './vscode/inline/files/fileEdits.ts';
import { InlineChat } from './vscode/inline/inlineChat.ts';
import type { PendingEdit } from './vscode/inline/proposal.ts';
import { NextEdits } from './vscode/nextEdit/nextEdits.ts';
import { PullLinks } from './vscode/pullLink.ts';
import { PullQueue } from './vscode/pullQueue.ts';
import { Pulls } from './vscode/pulls.ts';
import { openArchitectures } from './vscode/runnability.ts';
import { StatusBar } from './vscode/statusBar.ts';
import { StoreFolder } from './vscode/storeFolder.ts';
import { Updates } from './vscode/updates.ts';
import { showHost } from './vscode/views/local/host.ts';
import { LocalView } from './vscode/views/local/localView.ts';
import { showUpdateBadge } from './vscode/views/local/updateBadge.ts';
import { RegistriesView } from './vscode/views/registries/registriesView.ts';
import { rememberWaiting } from './vscode/waitingPulls.ts';
import { Connections } from './vscode/window/connections.ts';
import { windowLog } from './vscode/window/log.ts';
import { Machine } from './vscode/window/machine.ts';
import { followModels } from './vscode/window/modelContext.ts';
import { NetworkLedger } from './vscode/window/networkLedger.ts';
import { followQueue } from './vscode/window/queueContext.ts';
import { recentNames } from './vscode/window/recentTexts.ts';
import { SavedLogins } from './vscode/window/savedLogins.ts';
import { tellCrashes, warnIfTooLarge } from './vscode/window/sessionNotices.ts';
import { settings } from './vscode/window/settings.ts';

/** Facts that other extensions and tests may ask for. */
export interface ExtensionApi {
  /** Milliseconds that {@link activate} took. */
  readonly activationMs: number;
  /** The inline edits that are not accepted or discarded yet. */
  readonly pendingEdits: () => readonly PendingEdit[];
  /** The paths of the files that a pending edit of files would change. */
  readonly pendingFiles: () => readonly string[];
}

let pool: EnginePool | undefined;
let spares: SpareHosts | undefined;

/** Called by VS Code once. */
export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const started = performance.now();
  // Before anything can be said.
  useTranslations(vscode.l10n.bundle);
  const channel = vscode.window.createOutputChannel('OCI Models', { log: true });
  const output = windowLog(channel);
  const inDist = (name: string): string => join(context.extensionPath, 'dist', name);
  const translations = vscode.l10n.bundle;
  const hashing = new HashThread(inDist('hashWorker.cjs'), translations);
  const storeFolder = new StoreFolder({
    ownFolder: context.globalStorageUri.fsPath,
    hashFile: hashing.hashFile,
    unloadAll: async () => pool?.unloadAll(),
    onOpened: () => models.refresh(),
    log: output,
  });
  const store = storeFolder.open;
  const version = String(context.extension.packageJSON['version']);
  const userAgent = `oci-models/${version}`;
  const ledger = new NetworkLedger();
  const connections = new Connections({
    onExchange: ledger.add,
    secrets: context.secrets,
    userAgent,
    manifestEntry: inDist('manifestWorker.cjs'),
    log: output,
  });
  const endpointBook = new EndpointBook({
    secrets: context.secrets,
    http: () => connections.endpointHttp(),
    log: output,
  });
  const registry = (): RegistryClient => connections.client();
  const hostPath = inDist('engineHost.mjs');
  const beside = (name: string): string => join(context.globalStorageUri.fsPath, NEIGHBOR, name);
  const engineFolders = { stateFolder: beside('states'), codeFolder: beside('code') };
  spares = new SpareHosts({ hostPath, ...engineFolders, log: output });
  const doors = settings.sharesEngine() ? doorFolder() : undefined;
  pool = new EnginePool(
    engineFactory({
      hostPath,
      ...engineFolders,
      spares,
      doorFolder: doors,
      endpoints: endpointBook.access,
      log: output,
    }),
  );
  const machine = new Machine(() => queryGpuMemory({ hostPath, log: output }));
  const architectures = openArchitectures(context, hostPath, output);
  const choices = new Choices({
    folder: beside('choices'),
    inherited: context.globalState.get('chosenModel'),
    log: output,
  });
  const modelOptions = new OptionsOfModels(beside('options'), output);
  const models = new Session({
    store,
    pool,
    choices,
    endpoints: endpointBook.endpoints,
    architectures,
    modelOptions,
    loadOptions: ({ defaults }) => settings.load(defaults?.contextTokens),
    neededBytes: (model) => machine.neededBytes(model),
    idleMs: () => settings.idleMs(),
    onWillLoad: (model) => warnIfTooLarge(model, machine, output),
    log: output,
  });
  const inspector = new Inspector({ registry, log: output });
  const catalogue = new Catalogue({
    folder: beside('lists'),
    registry,
    apiUrls: () => settings.registryApis(),
    log: output,
  });
  const mover = new WorkerMover({
    entry: inDist('transferWorker.cjs'),
    hashEntry: inDist('hashWorker.cjs'),
    translations,
    ...connections.forThread(),
    log: output,
  });
  const knownUpdates = new KnownUpdates(beside('updates'), output);
  const updates = new Updates({
    models,
    known: knownUpdates,
    registry,
    store,
    memory: context.globalState,
    log: output,
  });
  const pullQueue = new PullQueue();
  const pulls = new Pulls({
    queue: pullQueue,
    store,
    registry,
    mover,
    localContent: new LocalSources({
      layouts: () => settings.otherStores(),
      hashFile: hashing.hashFile,
      log: output,
    }),
    onPulled: () => models.refresh(),
    furtherSteps: () => updates.firstOffer(),
    inspector,
    architectures,
    reasonOf: async (reference) => (await models.find(formatReference(reference)))?.reason,
    log: output,
  });
  const shared = { models, inspector, machine, architectures };
  const logins = new SavedLogins({ connections, secrets: context.secrets, log: output });
  const registriesView = new RegistriesView({ ...shared, catalogue, logins, log: output });
  const use = new MeasuredUse(beside('use'), output);
  const localView = new LocalView(models, machine, use, knownUpdates, pullQueue);
  const localTree = vscode.window.createTreeView('ociModels.local', {
    treeDataProvider: localView,
    canSelectMany: true,
  });
  showHost(localTree);
  const registriesTree = vscode.window.createTreeView('ociModels.registries', {
    treeDataProvider: registriesView,
    showCollapseAll: true,
  });
  const diskUse = new DiskUsePanel({
    store,
    models,
    stateFolder: engineFolders.stateFolder,
    layouts: () => settings.otherStores(),
    log: output,
  });
  const inlineChat = new InlineChat(models, context.globalState, output);
  const chat = new LocalChat(models, context.globalState, use, output);
  const fileEdits = new FileEdits(models, output);
  const completions = new Completions(models, context.globalState, output);
  const nextEdits = new NextEdits(completions, output);
  const statusBar = new StatusBar(models, completions);

  context.subscriptions.push(
    channel,
    storeFolder,
    connections,
    endpointBook,
    { dispose: () => void Promise.all([mover.close(), hashing.close()]) },
    choices,
    modelOptions,
    use,
    knownUpdates,
    models,
    new vscode.Disposable(tellCrashes(models)),
    new vscode.Disposable(followModels(models)),
    new vscode.Disposable(followQueue(pullQueue)),
    new vscode.Disposable(
      rememberWaiting({ queue: pullQueue, pulls, memory: context.workspaceState, log: output }),
    ),
    logins,
    registriesView,
    localView,
    inlineChat,
    chat,
    fileEdits,
    completions,
    nextEdits,
    statusBar,
    diskUse,
    localTree,
    vscode.window.registerUriHandler(new PullLinks({ pulls, log: output })),
    new vscode.Disposable(showUpdateBadge(localTree, { models, updates: knownUpdates, log: output })),
    registriesTree,
    registerCommands({
      ...shared,
      store,
      pulls,
      pullQueue,
      updates,
      catalogue,
      recentNames: recentNames(context.globalState),
      connections,
      endpointBook,
      registriesView,
      localView,
      selectedLocal: () => localTree.selection,
      selectedInRegistries: () => registriesTree.selection,
      inlineChat,
      chat,
      fileEdits,
      completions,
      diskUse,
      ledger,
      versions: [
        ['OCI Models', version],
        ['node-llama-cpp', String(context.extension.packageJSON['dependencies']?.['node-llama-cpp'])],
      ],
      nextEdits,
      output,
    }),
    startHousekeeping(store, output),
    updates.startDaily(),
    registerCompose({
      models,
      pulls,
      memory: context.workspaceState,
      log: output,
    }),
  );
  void Promise.all([completions.refresh(), statusBar.refresh(), logins.refresh()]);
  const activationMs = performance.now() - started;
  output.debug(`Activated in ${activationMs.toFixed(1)} ms.`);
  return { activationMs, pendingEdits: () => inlineChat.pending(), pendingFiles: () => fileEdits.pending };
}

/** Ends the engines' processes. */
export async function deactivate(): Promise<void> {
  await Promise.all([pool?.unloadAll(), spares?.close()]);
}
