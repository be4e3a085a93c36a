/**
 * Artifacts as the tools of their families make them. `$REF` is where the artifact is pushed to, `$IN` the folder
 * with the files (also the working directory), `$HOME` a folder of the run's own, `$HOST` the registry.
 */
import type { ModelFamily } from '../../src/artifact/index.ts';

/** A program that packages; found or built by packagers.ts. */
export type PackagerTool =
  | 'mdltool'
  | 'dmr'
  | 'modctl'
  | 'modctl-cnai'
  | 'kit'
  | 'oras'
  | 'buildah'
  | 'skopeo'
  | 'tar';

export interface Step {
  readonly tool: PackagerTool;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One artifact of a family. */
export interface Recipe {
  readonly family: ModelFamily;
  /** Unique within its family; also the folder of the recorded fixture. */
  readonly name: string;
  /** What is special about it. */
  readonly about: string;
  readonly steps: readonly Step[];
}

/** Docker's tools speak plain http to other hosts than localhost only when told so. */
const PLAIN_HTTP = { INSECURE_REGISTRY: 'true' };

function mdltool(...args: readonly string[]): Step {
  return { tool: 'mdltool', args: ['package', '--tag', '$REF', ...args], env: PLAIN_HTTP };
}

function dmr(...args: readonly string[]): Step {
  return { tool: 'dmr', args: ['package', ...args, '--push', '$REF'], env: PLAIN_HTTP };
}

function modctl(tool: 'modctl' | 'modctl-cnai', modelfile: string, ...args: readonly string[]): Step {
  const own = ['--storage-dir', '$HOME/modctl', '--log-dir', '$HOME/modctl/logs', '--no-progress'];
  const build = [
    'build',
    '-t',
    '$REF',
    '-f',
    modelfile,
    '--plain-http',
    '--output-remote',
    '--no-creation-time',
  ];
  return { tool, args: [...build, ...own, ...args, '.'] };
}

function kit(kitfile: string, ...args: readonly string[]): Step[] {
  const own = ['--progress', 'none', '--config', '$HOME/kit'];
  return [
    { tool: 'kit', args: ['pack', '.', '-f', kitfile, '-t', '$REF', ...own, ...args] },
    { tool: 'kit', args: ['push', '$REF', '--plain-http', ...own] },
  ];
}

/** A place of its own, and no kernel features that a container may lack. */
const BUILDAH = ['--root', '$HOME/buildah', '--runroot', '$HOME/buildah-run', '--storage-driver', 'vfs'];

function buildah(...args: readonly string[]): Step {
  return { tool: 'buildah', args: [...BUILDAH, ...args] };
}

function image(context: string, build: readonly string[], push: readonly string[]): Step[] {
  const file = `$IN/${context}.Containerfile`;
  return [
    buildah('bud', '--isolation', 'chroot', '-f', file, '-t', '$REF', ...build, `$IN/${context}`),
    buildah('push', '--tls-verify=false', ...push, '$REF'),
  ];
}

export const RECIPES: readonly Recipe[] = [
  {
    family: 'docker',
    name: 'v0.1-gguf',
    about: 'a GGUF with licence, projector, Jinja template, context size and a folder as tar',
    steps: [
      mdltool(
        '--licenses',
        'LICENSE',
        '--mmproj',
        'mmproj-toy.gguf',
        '--chat-template',
        'chat_template.jinja',
        '--context-size',
        '4096',
        '--dir-tar',
        'extra',
        'toy.gguf',
      ),
    ],
  },
  {
    family: 'docker',
    name: 'v0.1-shards',
    about: 'three shards in the order of the manifest',
    steps: [mdltool('toy-00001-of-00003.gguf')],
  },
  {
    family: 'docker',
    name: 'v0.1-safetensors',
    about: 'safetensors with their configuration in vllm.config.tar',
    steps: [mdltool('safetensors')],
  },
  {
    family: 'docker',
    name: 'v0.2-safetensors',
    about: 'one layer for each file of a folder',
    steps: [dmr('--safetensors-dir', '$IN/safetensors')],
  },
  {
    family: 'modelpack',
    name: 'raw',
    about: 'raw layers, with the tokenizer of another model beside them',
    steps: [modctl('modctl', 'Modelfile')],
  },
  {
    family: 'modelpack',
    name: 'tar',
    about: 'each file in a tar of its own',
    steps: [modctl('modctl', 'Modelfile', '--raw=false')],
  },
  {
    family: 'modelpack',
    name: 'cnai-shards-tar',
    about: 'the names of the predecessor, three shards, each in a tar',
    steps: [modctl('modctl-cnai', 'Modelfile.shards', '--raw=false')],
  },
  {
    family: 'modelpack',
    name: 'docker-cncf',
    about: 'ModelPack as Docker Model Runner writes it',
    steps: [dmr('--gguf', '$IN/toy.gguf', '--license', '$IN/LICENSE', '--format', 'cncf')],
  },
  {
    family: 'modelpack',
    name: 'safetensors',
    about: 'safetensors with their configuration as raw layers',
    steps: [modctl('modctl', 'Modelfile.safetensors')],
  },
  {
    family: 'modelkit',
    name: 'tar',
    about: 'a GGUF and a document, each in a tar',
    steps: kit('Kitfile'),
  },
  {
    family: 'modelkit',
    name: 'gzip-shards',
    about: 'shard 1 as the model and the others as its parts, in compressed tars',
    steps: kit('Kitfile.shards', '--compression', 'gzip'),
  },
  {
    family: 'generic',
    name: 'file',
    about: 'one file, which oras types as the layer of an image',
    steps: [{ tool: 'oras', args: ['push', '--plain-http', '$REF', 'toy.gguf', 'LICENSE'] }],
  },
  {
    family: 'generic',
    name: 'shards',
    about: 'three shards out of order, with a type of their own',
    steps: [
      {
        tool: 'oras',
        args: [
          ...['push', '--plain-http', '--artifact-type', 'application/x-model', '$REF'],
          ...[3, 1, 2].map((part) => `toy-0000${part}-of-00003.gguf:application/x-gguf`),
        ],
      },
    ],
  },
  {
    family: 'generic',
    name: 'folder',
    about: 'a folder, which oras packs into tar and gzip',
    steps: [{ tool: 'oras', args: ['push', '--plain-http', '$REF', 'folder/'] }],
  },
  {
    family: 'container-image',
    name: 'ramalama-raw',
    about:
      "RamaLama's Containerfile of the type raw: /models/<name>/<file>, and the symbolic link model.file",
    steps: image('ramalama', ['--format', 'oci'], []),
  },
  {
    family: 'container-image',
    name: 'scratch-zstd',
    about: 'FROM scratch, COPY model.gguf, the layer with zstd',
    steps: image('scratch', ['--format', 'oci'], ['--compression-format', 'zstd']),
  },
  {
    family: 'container-image',
    name: 'docker-schema2',
    about: 'a tar of GNU tar as an image with the types of Docker',
    steps: [
      { tool: 'tar', args: ['--format=gnu', '-C', '$IN/scratch', '-cf', '$HOME/rootfs.tar', '.'] },
      {
        tool: 'skopeo',
        args: [
          ...['copy', '--insecure-policy', '--dest-tls-verify=false', '--format', 'v2s2'],
          ...['tarball:$HOME/rootfs.tar', 'docker://$REF'],
        ],
      },
    ],
  },
  {
    family: 'container-image',
    name: 'index',
    about: 'an index of images for two processors',
    steps: [
      ...['amd64', 'arm64'].map((processor) =>
        buildah(
          ...['bud', '--isolation', 'chroot', '--arch', processor, '--manifest', '$REF'],
          ...['-f', '$IN/scratch.Containerfile', '$IN/scratch'],
        ),
      ),
      buildah('manifest', 'push', '--all', '--tls-verify=false', '$REF', 'docker://$REF'),
    ],
  },
];
