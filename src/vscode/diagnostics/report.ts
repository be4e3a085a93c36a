/**
 * The text of “Copy Diagnostics”, in English, for an issue. It has no prompts, no secrets and no paths; names of models
 * and hosts are in it, which the message after it says.
 */
import { formatBytes } from '../../base/format.ts';
import { plainText } from '../../base/text.ts';
import { parseUrl } from '../../base/url.ts';
import type { MachineMemory } from '../../gguf/index.ts';
import type { EndpointStatus, ListedModel } from '../../session/index.ts';
import type { LedgerEntry } from '../window/networkLedger.ts';

/** Everything that the report says. */
export interface DiagnosticFacts {
  /** Names and versions, in the order of the report. */
  readonly versions: readonly (readonly [name: string, version: string])[];
  /** Undefined if it could not be read. */
  readonly memory: MachineMemory | undefined;
  readonly cores: number;
  readonly models: readonly { readonly model: ListedModel; readonly state: string }[];
  /** Bytes of models and of unfinished downloads; undefined if the store cannot be read. */
  readonly disk: { readonly modelBytes: number; readonly downloadBytes: number } | undefined;
  readonly hasOwnFolder: boolean;
  readonly endpoints: readonly EndpointStatus[];
  /** Sources of logins by registry; a registry without a login has none. */
  readonly logins: readonly (readonly [registry: string, source: string | undefined])[];
  readonly network: readonly LedgerEntry[];
  /** The latest warnings and errors of the log. */
  readonly problems: readonly string[];
}

export function diagnosticsText(facts: DiagnosticFacts): string {
  const { versions, memory, cores, models, disk, endpoints, logins, network, problems } = facts;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Versions', versions.map(([name, version]) => `${name}: ${version}`)],
    ['Machine', [`cores: ${cores}`, ...memoryLines(memory)]],
    [
      'Store',
      [
        `folder: ${facts.hasOwnFolder ? 'chosen by the user' : 'default'}`,
        disk === undefined
          ? 'cannot be read'
          : `models: ${formatBytes(disk.modelBytes)}, unfinished downloads: ${formatBytes(disk.downloadBytes)}`,
      ],
    ],
    ['Models', models.map(modelLine)],
    ['Endpoints', endpoints.map(endpointLine)],
    ['Logins', logins.map(([registry, source]) => `${registry}: ${source ?? 'none'}`)],
    [
      'Network',
      network.map(
        ({ host, kind, requests, failures, receivedBytes }) =>
          `${host}: ${kind}, ${requests} requests, ${failures} failed, ${formatBytes(receivedBytes)}`,
      ),
    ],
    ['Latest problems', problems.map(withoutPaths)],
  ];
  return `${sections.map(([title, lines]) => section(title, lines)).join('\n\n')}\n`;
}

function section(title: string, lines: readonly string[]): string {
  const items = lines.length === 0 ? ['none'] : lines;
  return `## ${title}\n\n${items.map((line) => `- ${plainText(line)}`).join('\n')}`;
}

function memoryLines(memory: MachineMemory | undefined): string[] {
  if (memory === undefined) return ['memory: cannot be read'];
  const { availableBytes, totalBytes, gpu } = memory;
  const shared = gpu?.unified === true ? ', shared with the machine' : '';
  return [
    `memory: ${formatBytes(availableBytes)} of ${formatBytes(totalBytes)} free`,
    gpu === undefined
      ? 'GPU: none that is used'
      : `GPU: ${formatBytes(gpu.availableBytes)} of ${formatBytes(gpu.totalBytes)} free${shared}`,
  ];
}

function modelLine({ model, state }: DiagnosticFacts['models'][number]): string {
  const { id, sizeBytes, quantization, architecture, problem, reason } = model;
  const status = problem !== undefined ? 'damaged' : reason !== undefined ? 'does not run here' : state;
  return [id, formatBytes(sizeBytes), quantization, architecture, status].filter(Boolean).join(', ');
}

function endpointLine({ endpoint, server, models, problem, isDenied }: EndpointStatus): string {
  const status = isDenied === true ? 'asks for a key' : problem === undefined ? 'answers' : 'does not answer';
  return `${hostOnly(endpoint.url)}: ${server ?? 'unknown server'}, ${models.length} models, ${status}`;
}

/** Returns an address without its login, path and query, which may have a key in them. */
function hostOnly(url: string): string {
  return parseUrl(url)?.host ?? 'an address';
}

/** An address with a host, of which the scheme and the host stay. */
const ADDRESS = /\b([a-z][a-z0-9+.-]*:\/\/)(?:[^/\s"'()@]*@)?([^/\s"'()?#]*)([/?#][^\s"'(),]*)?/gi;
/** A path on this machine as an address: it has no host. */
const LOCAL_ADDRESS = /\b(?:file|untitled|git|vscode-[a-z]+):[^\s"'(),]+/gi;
/**
 * A path of any system. Names of folders may have spaces and apostrophes, so a path goes on to the next sign that ends a
 * sentence or a quotation: too much is better than a name.
 */
const PATH =
  /(?<![\w.…/\\]|[a-z]:(?=\/\/))(?:~|[A-Za-z]:)?[\\/](?![\s…])[^\n"“”(),;<>]*?(?=[.:;,)]*(?:["“”(),;<>\n]|\s\(|$))/gm;

/** Replaces the paths in a message; addresses keep their host. */
export function withoutPaths(text: string): string {
  return text
    .replace(LOCAL_ADDRESS, '<path>')
    .replace(
      ADDRESS,
      (_, scheme: string, host: string, rest?: string) => `${scheme}${host}${rest === undefined ? '' : '/…'}`,
    )
    .replace(PATH, '<path>');
}
