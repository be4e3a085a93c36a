/** The clients of other projects, with the same verbs for all. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../scripts/support/process.ts';

/** What each client can be asked for. `name` is `host/repository`. */
export interface Peer {
  readonly name: 'crane' | 'oras' | 'regctl';
  /** Pushes an OCI layout's only manifest. */
  push(layout: string, name: string, tag: string): Promise<void>;
  /** Pulls into a new OCI layout. */
  pull(name: string, tag: string, layout: string): Promise<void>;
  tags(name: string): Promise<string[]>;
  /** Deletes a manifest. */
  remove(name: string, digest: string): Promise<void>;
  /** Digests of what refers to a manifest. */
  readonly referrers?: (name: string, tag: string) => Promise<string[]>;
  /** Adds something that refers to a manifest. */
  readonly attach?: (name: string, tag: string, artifactType: string) => Promise<void>;
}

type Run = (...args: readonly string[]) => Promise<string>;

/** Runs a program with a home of its own, so that nobody's login or settings take part. */
function runner(path: string, home: string): Run {
  return async (...args) => {
    const env = { PATH: process.env['PATH'], HOME: home, DOCKER_CONFIG: home };
    const { code, output } = await runProgram(path, args, { env, cwd: home });
    assert.equal(code, 0, `${args.slice(0, 3).join(' ')}: ${output}`);
    return output;
  };
}

function lines(output: string): string[] {
  return output.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

function digests(output: string): string[] {
  return [...new Set(output.match(/sha256:[0-9a-f]{64}/g) ?? [])];
}

function crane(run: Run): Peer {
  return {
    name: 'crane',
    push: async (layout, name, tag) => void (await run('push', '--insecure', layout, `${name}:${tag}`)),
    pull: async (name, tag, layout) =>
      void (await run('pull', '--insecure', '--format=oci', `${name}:${tag}`, layout)),
    tags: async (name) => lines(await run('ls', '--insecure', name)),
    remove: async (name, digest) => void (await run('delete', '--insecure', `${name}@${digest}`)),
  };
}

function oras(run: Run, home: string): Peer {
  return {
    name: 'oras',
    push: async (layout, name, tag) =>
      void (await run('cp', '--from-oci-layout', `${layout}:${tag}`, '--to-plain-http', `${name}:${tag}`)),
    pull: async (name, tag, layout) =>
      void (await run('cp', '--from-plain-http', `${name}:${tag}`, '--to-oci-layout', `${layout}:${tag}`)),
    tags: async (name) => lines(await run('repo', 'tags', '--plain-http', name)),
    remove: async (name, digest) =>
      void (await run('manifest', 'delete', '--plain-http', '--force', `${name}@${digest}`)),
    referrers: async (name, tag) => {
      const output = await run('discover', '--plain-http', '--format', 'json', `${name}:${tag}`);
      const { manifests } = JSON.parse(output) as { manifests: { digest: string }[] };
      return manifests.map(({ digest }) => digest);
    },
    attach: async (name, tag, artifactType) => {
      await writeFile(join(home, 'note.txt'), 'a note');
      await run(
        'attach',
        '--plain-http',
        '--artifact-type',
        artifactType,
        `${name}:${tag}`,
        'note.txt:text/plain',
      );
    },
  };
}

function regctl(run: Run, home: string): Peer {
  const plain = (name: string): string[] => ['--host', `reg=${name.split('/')[0]},tls=disabled`];
  return {
    name: 'regctl',
    push: async (layout, name, tag) =>
      void (await run('image', 'copy', ...plain(name), `ocidir://${layout}:${tag}`, `${name}:${tag}`)),
    pull: async (name, tag, layout) =>
      void (await run('image', 'copy', ...plain(name), `${name}:${tag}`, `ocidir://${layout}:${tag}`)),
    tags: async (name) => lines(await run('tag', 'ls', ...plain(name), name)),
    remove: async (name, digest) =>
      void (await run('manifest', 'delete', ...plain(name), `${name}@${digest}`)),
    referrers: async (name, tag) => {
      const format = '{{ range .Descriptors }}{{ println .Digest }}{{ end }}';
      return digests(await run('artifact', 'list', ...plain(name), '--format', format, `${name}:${tag}`));
    },
    attach: async (name, tag, artifactType) => {
      const file = join(home, 'note.txt');
      await writeFile(file, 'a note');
      const subject = ['--subject', `${name}:${tag}`];
      await run('artifact', 'put', ...plain(name), '--artifact-type', artifactType, '-f', file, ...subject);
    },
  };
}

/** Makes the verbs of a client. @param path of the program. */
export async function makePeer(
  name: Peer['name'],
  path: string,
): Promise<{ readonly peer: Peer; readonly end: () => Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), `oci-models-${name}-`));
  const run = runner(path, home);
  const peers = { crane: () => crane(run), oras: () => oras(run, home), regctl: () => regctl(run, home) };
  return { peer: peers[name](), end: () => rm(home, { recursive: true, force: true }) };
}
