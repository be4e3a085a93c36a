/** The parts of the extension that commands work on. */
import type { Catalogue, Inspector } from '../../catalog/index.ts';
import type { Session } from '../../session/index.ts';
import type { ModelStore } from '../../store/index.ts';
import type { LocalChat } from '../chat/localChat.ts';
import type { Completions } from '../completion/completions.ts';
import type { DiskUsePanel } from '../diskUse/diskUse.ts';
import type { EndpointBook } from '../endpoint/endpointBook.ts';
import type { FileEdits } from '../inline/files/fileEdits.ts';
import type { InlineChat } from '../inline/inlineChat.ts';
import type { NextEdits } from '../nextEdit/nextEdits.ts';
import type { PullQueue } from '../pullQueue.ts';
import type { Pulls } from '../pulls.ts';
import type { ArchitectureQuery } from '../runnability.ts';
import type { Updates } from '../updates.ts';
import type { LocalNode, LocalView } from '../views/local/localView.ts';
import type { RegistriesNode, RegistriesView } from '../views/registries/registriesView.ts';
import type { Connections } from '../window/connections.ts';
import type { WindowLog } from '../window/log.ts';
import type { Machine } from '../window/machine.ts';
import type { NetworkLedger } from '../window/networkLedger.ts';
import type { RecentTexts } from '../window/recentTexts.ts';

/** Everything that commands have access to. */
export interface CommandServices {
  readonly store: () => Promise<ModelStore>;
  readonly models: Session;
  readonly pulls: Pulls;
  readonly pullQueue: PullQueue;
  readonly updates: Updates;
  readonly recentNames: RecentTexts;
  readonly connections: Connections;
  readonly endpointBook: EndpointBook;
  readonly inspector: Inspector;
  readonly catalogue: Catalogue;
  readonly machine: Machine;
  readonly architectures: ArchitectureQuery;
  readonly registriesView: RegistriesView;
  readonly localView: Pick<LocalView, 'factsOf' | 'opens'>;
  /** The rows that are selected in the Local Models view. */
  readonly selectedLocal: () => readonly LocalNode[];
  /** The row that is selected in the Registries view; at most one can be. */
  readonly selectedInRegistries: () => readonly RegistriesNode[];
  readonly inlineChat: InlineChat;
  readonly chat: LocalChat;
  readonly fileEdits: FileEdits;
  readonly diskUse: Pick<DiskUsePanel, 'show'>;
  readonly ledger: NetworkLedger;
  /** Names and versions of this extension and its engine. */
  readonly versions: readonly (readonly [name: string, version: string])[];
  readonly completions: Completions;
  readonly nextEdits: NextEdits;
  readonly output: WindowLog;
}
