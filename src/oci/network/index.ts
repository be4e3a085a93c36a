/** Connections to servers: proxies, certificates, and the editor's own networking. */
export type { NetworkSettings } from './dispatchers.ts';
export { type Fetch, FetchSender } from './fetchSender.ts';
export { NetworkSender, type NetworkSenderOptions } from './networkSender.ts';
export { type Exchange, type ExchangeKind, kindOfPath, RecordingSender } from './recordingSender.ts';
