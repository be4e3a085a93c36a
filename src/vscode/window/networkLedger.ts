/** The record of what this window asked of the network, and why. Kept in memory only. */
import type { Exchange, ExchangeKind } from '../../oci/network/index.ts';

/** Hosts and kinds that are told apart; redirects lead to few. */
const MAX_ENTRIES = 1000;

/** All exchanges of one kind with one host. */
export interface LedgerEntry {
  readonly host: string;
  readonly kind: ExchangeKind;
  readonly requests: number;
  readonly failures: number;
  readonly receivedBytes: number;
  /** Milliseconds since 1970. */
  readonly lastAt: number;
}

/** The record. */
export class NetworkLedger {
  readonly #now: () => number;
  readonly #entries = new Map<string, LedgerEntry>();
  /** Milliseconds since 1970. */
  readonly since: number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.since = now();
  }

  /** Adds an exchange. */
  readonly add = ({ host, kind, receivedBytes, failed }: Exchange): void => {
    const key = `${kind} ${host}`;
    const before = this.#entries.get(key);
    if (before === undefined && this.#entries.size >= MAX_ENTRIES) return;
    this.#entries.set(key, {
      host,
      kind,
      requests: (before?.requests ?? 0) + 1,
      failures: (before?.failures ?? 0) + (failed ? 1 : 0),
      receivedBytes: (before?.receivedBytes ?? 0) + receivedBytes,
      lastAt: this.#now(),
    });
  };

  /** The entries, the latest first. */
  get entries(): readonly LedgerEntry[] {
    return [...this.#entries.values()].sort((a, b) => b.lastAt - a.lastAt);
  }
}
