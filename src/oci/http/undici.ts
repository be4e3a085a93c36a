/**
 * The parts of undici that are used here. Its main file also loads fetch, WebSockets, caches and mocks, which takes
 * the editor three times as long, and puts an agent of its own where Node's fetch looks for one. The paths are of
 * the version that package.json names exactly.
 */
import type { Agent as AgentClass, buildConnector as connectorBuilder, Dispatcher } from 'undici';
import apiConnect from 'undici/lib/api/api-connect.js';
import buildConnectorOf from 'undici/lib/core/connect.js';
import AgentOf from 'undici/lib/dispatcher/agent.js';

/** What this file exports, for those who load it late. */
export interface Undici {
  readonly Agent: typeof AgentClass;
  readonly buildConnector: typeof connectorBuilder;
  /** `dispatcher.connect(options)`, which the main file adds to all dispatchers. */
  connect(dispatcher: Dispatcher, options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
}

export const Agent: Undici['Agent'] = AgentOf;
export const buildConnector: Undici['buildConnector'] = buildConnectorOf;
export const connect: Undici['connect'] = (dispatcher, options) => apiConnect.call(dispatcher, options);
