/** Who brings a blob here, each as a program of its own. */
import { join } from 'node:path';
import { ROOT } from '../../scripts/support/paths.ts';
import type { PullFigures } from '../pullMain.ts';
import { type Cost, measure } from './measure.ts';

/** Where the content is. */
export interface Source {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly repository: string;
  readonly tag: string;
  /** Of the layer. */
  readonly digest: string;
}

/** What one run of a contender came to. */
export interface Run {
  readonly cost: Cost;
  /** What our own entry says of itself. */
  readonly figures?: PullFigures;
}

/** Pulls into `folder`, which is empty. */
export type Contender = (folder: string) => Promise<Run>;

/** Our own pull, through the entry that others use as well. */
export function ours(source: Source, options: { connections?: number; store?: string } = {}): Contender {
  return async (folder) => {
    const { connections, store = join(folder, 'store') } = options;
    const reference = `${source.host}/${source.repository}:${source.tag}`;
    const many = connections === undefined ? [] : ['--connections', String(connections)];
    const entry = join(ROOT, 'bench', 'pull.ts');
    const args = [entry, reference, '--store', store, '--json', ...many];
    const { cost, output } = await measure(process.execPath, args);
    return { cost, figures: JSON.parse(output) as PullFigures };
  };
}

/** skopeo, to an OCI layout: it verifies, and does not wait for the disk. */
export function skopeo(source: Source): Contender {
  return async (folder) => {
    const from = `docker://${source.host}/${source.repository}:${source.tag}`;
    const args = ['copy', '--quiet', '--src-tls-verify=false', from, `oci:${join(folder, 'layout')}:v1`];
    const { cost } = await measure('skopeo', args);
    return { cost };
  };
}

/** curl of the layer alone, then `sync` of the file: it verifies nothing, and waits for the disk as we do. */
export function curl(source: Source): Contender {
  return async (folder) => {
    const url = `http://${source.host}/v2/${source.repository}/blobs/${source.digest}`;
    const script = 'curl --silent --show-error --fail --output "$0" "$1" && sync "$0"';
    const { cost } = await measure('sh', ['-c', script, join(folder, 'blob'), url]);
    return { cost };
  };
}
