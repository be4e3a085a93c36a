/** How servers are reached: proxies, certificates, and the editor's own networking. */
export type { NetworkSettings } from './dispatchers.ts';
export { NetworkSender, type NetworkSenderOptions } from './networkSender.ts';
