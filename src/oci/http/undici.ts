/**
 * The parts of undici that are used here. Its main file also loads fetch, WebSockets, caches and mocks, which takes the
 * editor three times as long, and installs an agent of its own for Node's fetch. The paths are those of the exact
 * version in package.json.
 */
import type { Agent as AgentClass, buildConnector as connectorBuilder, Dispatcher } from 'undici';
import apiConnect from 'undici/lib/api/api-connect.js';
import buildConnectorOf from 'undici/lib/core/connect.js';
import AgentOf from 'undici/lib/dispatcher/agent.js';

/** The exports of this file, for lazy imports. */
export interface Undici {
  readonly Agent: typeof AgentClass;
  readonly buildConnector: typeof connectorBuilder;
  /** `dispatcher.connect(options)`, which the main file adds to all dispatchers. */
  connect(dispatcher: Dispatcher, options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData>;
}

export const Agent: Undici['Agent'] = AgentOf;
export const buildConnector: Undici['buildConnector'] = buildConnectorOf;
export const connect: Undici['connect'] = (dispatcher, options) => apiConnect.call(dispatcher, options);
