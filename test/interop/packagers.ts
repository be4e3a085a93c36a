/** Runs the packaging tools of the families on test models: see recipes.ts. */
import assert from 'node:assert/strict';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../scripts/support/debian.ts';
import { runProgram } from '../../scripts/support/process.ts';
import { findGoTool } from '../support/goTools.ts';
import { splitGguf } from '../support/splitGguf.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { writeToySafetensors } from '../support/toySafetensors.ts';
import type { PackagerTool, Recipe } from './recipes.ts';

/** What the packaged GGUFs answer to every question. */
export const PACKAGED_REPLY = 'Hello from an artifact.';

/** Where each tool is; undefined where it is not on this machine. */
export function toolPath(tool: PackagerTool): string | undefined {
  switch (tool) {
    case 'mdltool':
    case 'oras':
      return findGoTool(tool);
    default:
      // Not built here: their modules are no part of this project's set-up. Whoever has them on the PATH tests them.
      return findProgram({ program: tool, package: tool });
  }
}

/** Arguments that make a tool say its version; tools built here have theirs in their file names. */
const VERSION_ARGS: Partial<Record<PackagerTool, readonly string[]>> = {
  dmr: ['--version'],
  modctl: ['version'],
  'modctl-cnai': ['version'],
  kit: ['version'],
  buildah: ['--version'],
  skopeo: ['--version'],
  tar: ['--version'],
};

/** A tool's version in its own words. */
export async function toolVersion(tool: PackagerTool): Promise<string> {
  const path = toolPath(tool);
  assert.ok(path !== undefined, `${tool} is there`);
  const args = VERSION_ARGS[tool];
  if (args === undefined) return /-(v[\d.]+[^/]*)$/.exec(path)?.[1] ?? 'unknown';
  const { output } = await runProgram(path, args);
  return /v?\d+\.\d+(?:\.\d+)?[^\s)]*/.exec(output)?.[0] ?? 'unknown';
}

const KITFILE = (model: string): string => `manifestVersion: "1.0.0"
package:
  name: toy
  version: 1.0.0
  license: CC0-1.0
  authors: [OCI Models]
model:
  name: toy
${model}
docs:
  - path: README.md
`;

const MODELFILE = (format: string, models: string): string => `NAME toy
ARCH transformer
FAMILY llama
FORMAT ${format}
PARAMSIZE 56380
PRECISION f16
QUANTIZATION F16
${models}
DOC README.md
DOC LICENSE
`;

const RAMALAMA = `FROM scratch
LABEL org.containers.type=ai.image.model.raw
COPY . /
`;

const SCRATCH = `FROM scratch
COPY . /
`;

/** Bytes of a GGUF without metadata and tensors: a projector is stored and not run. */
const EMPTY_GGUF = Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0]), Buffer.alloc(16)]);

/** Writes the files that the recipes name. */
export async function writeInputs(folder: string): Promise<void> {
  const gguf = join(folder, 'toy.gguf');
  await mkdir(folder, { recursive: true });
  await writeToyGguf(gguf, { reply: PACKAGED_REPLY, name: 'toy' });
  await splitGguf(gguf, folder, 'toy', 3);
  await writeToySafetensors(join(folder, 'safetensors'));
  for (const name of ['extra', 'folder', 'scratch', 'ramalama/models/toy'])
    await mkdir(join(folder, name), { recursive: true });
  await cp(gguf, join(folder, 'folder', 'toy.gguf'));
  await cp(gguf, join(folder, 'scratch', 'toy.gguf'));
  await cp(gguf, join(folder, 'ramalama/models/toy', 'toy.gguf'));
  await symlink('toy/toy.gguf', join(folder, 'ramalama/models/model.file'));
  const shards = [1, 2, 3].map((part) => `toy-0000${part}-of-00003.gguf`);
  const texts: Readonly<Record<string, string | Buffer>> = {
    LICENSE: 'CC0 1.0 Universal\n',
    'folder/LICENSE': 'CC0 1.0 Universal\n',
    'README.md': '# Toy\n',
    'extra/notes.txt': 'notes\n',
    'chat_template.jinja': "{% for message in messages %}{{ message['content'] }}{% endfor %}",
    'tokenizer.model': 'no tokenizer\n',
    'mmproj-toy.gguf': EMPTY_GGUF,
    Kitfile: KITFILE('  path: ./toy.gguf\n  framework: llama.cpp\n  format: gguf'),
    'Kitfile.shards': KITFILE(
      `  path: ./${shards[0]}\n  parts:\n${shards
        .slice(1)
        .map((shard) => `    - path: ./${shard}`)
        .join('\n')}`,
    ),
    Modelfile: MODELFILE('gguf', 'MODEL toy.gguf\nMODEL tokenizer.model'),
    'Modelfile.shards': MODELFILE('gguf', shards.map((shard) => `MODEL ${shard}`).join('\n')),
    'Modelfile.safetensors': MODELFILE(
      'safetensors',
      'MODEL safetensors/*.safetensors\nCONFIG safetensors/*.json',
    ),
    'ramalama.Containerfile': RAMALAMA,
    'scratch.Containerfile': SCRATCH,
  };
  for (const [name, content] of Object.entries(texts)) await writeFile(join(folder, name), content);
}

/** Where a recipe runs. */
export interface Kitchen {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** With the files of {@link writeInputs}. */
  readonly input: string;
  /** Instead of the user's own. */
  readonly home: string;
}

/** What a recipe's artifact is called in the registry. */
export function repositoryOf({ family, name }: Recipe): string {
  return `${family}/${name}`;
}

/** The tools of a recipe that are not on this machine. */
export function missingTools({ steps }: Recipe): PackagerTool[] {
  return [...new Set(steps.map(({ tool }) => tool))].filter((tool) => toolPath(tool) === undefined);
}

/** Packages and pushes. @throws Error with what the tool said. */
export async function cook(recipe: Recipe, { host, input, home }: Kitchen): Promise<void> {
  const places: Readonly<Record<string, string>> = {
    $REF: `${host}/${repositoryOf(recipe)}:1`,
    $IN: input,
    $HOME: home,
    $HOST: host,
  };
  for (const { tool, args, env } of recipe.steps) {
    const path = toolPath(tool);
    assert.ok(path !== undefined, `${tool} is there`);
    const real = args.map((arg) => arg.replace(/\$[A-Z]+/g, (name) => places[name] ?? name));
    const { code, output } = await runProgram(path, real, {
      cwd: input,
      env: { PATH: process.env['PATH'], HOME: home, ...env },
    });
    assert.equal(code, 0, `${tool} ${real.join(' ')}: ${output.slice(-1500)}`);
  }
}
