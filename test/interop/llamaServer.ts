/**
 * llama-server: built from the source that node-llama-cpp brings, over the very libraries that it ships, so that a
 * comparison is of programs and not of compilers. It is built once into a cache outside the checkout, on Linux.
 *
 *   node test/interop/llamaServer.ts     builds it and prints its path
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { copyFile, cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensurePrograms, type SystemProgram } from '../../scripts/support/debian.ts';
import { ROOT } from '../../scripts/support/paths.ts';
import { endProcess, freePort, runProgram } from '../../scripts/support/process.ts';
import type { RenderOptions } from '../../src/inference/template/index.ts';
import { until } from '../support/until.ts';

const LIBRARY = join(ROOT, 'node_modules', 'node-llama-cpp', 'llama');
const RECIPE = join(ROOT, 'test', 'interop', 'llamaServer.cmake');
const PROGRAMS: readonly SystemProgram[] = [
  { program: 'git', package: 'git' },
  { program: 'cmake', package: 'cmake' },
  { program: 'make', package: 'make' },
  { program: 'c++', package: 'g++' },
];

/** Programs and models that comparisons need, outside the checkout. */
export const PEERS_CACHE = join(
  process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'oci-models-peers',
);

/** Builds llama-server unless the cache has it. @returns its path. @throws Error with the reason if it cannot be built. */
export async function ensureLlamaServer(log: (line: string) => void): Promise<string> {
  if (process.platform !== 'linux') throw new Error('llama-server is built on Linux only.');
  const target = join(PEERS_CACHE, `llama-server-${tag()}-${digest(RECIPE)}`);
  const program = join(target, 'llama-server');
  if (existsSync(program)) return program;
  await ensurePrograms(PROGRAMS);
  const work = `${target}.${process.pid}`;
  await mkdir(work, { recursive: true });
  try {
    log(`Building llama-server ${tag()}; this takes some minutes.`);
    await build(work);
    await rename(join(work, 'build', 'bin'), target).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return program;
}

async function build(work: string): Promise<void> {
  const source = join(work, 'source');
  const out = join(work, 'build');
  await run('git', ['clone', '--quiet', join(LIBRARY, 'gitRelease.bundle'), source]);
  await copyFile(RECIPE, join(source, 'CMakeLists.txt'));
  const settings = [`-DLIBRARIES=${libraries()}`, `-DVERSION=${tag()}`, '-DCMAKE_BUILD_TYPE=Release'];
  await run('cmake', ['-S', source, '-B', out, ...settings]);
  await run('nice', ['-n', '10', 'cmake', '--build', out, '--target', 'llama-server', '-j2']);
  // Beside the program, where it looks for them, so that it outlives the checkout.
  for (const name of await readdir(libraries()))
    if (name.endsWith('.so')) await cp(join(libraries(), name), join(out, 'bin', name));
}

/** Unpacks llama.cpp's own collection of chat templates. @returns its folder. */
export async function ensureLlamaTemplates(): Promise<string> {
  const target = join(PEERS_CACHE, `templates-${tag()}`);
  if (existsSync(target)) return target;
  const work = `${target}.${process.pid}`;
  await mkdir(work, { recursive: true });
  try {
    const source = join(work, 'source');
    await run('git', ['clone', '--quiet', join(LIBRARY, 'gitRelease.bundle'), source]);
    await rename(join(source, 'models', 'templates'), target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runProgram(program, args);
  if (code !== 0) throw new Error(`${program} failed (${code}): ${output.slice(-2000)}`);
}

/** The folder of the CPU libraries for this processor. */
function libraries(): string {
  const name = `linux-${process.arch}`;
  return join(ROOT, 'node_modules', '@node-llama-cpp', name, 'bins', name);
}

function tag(): string {
  const info = JSON.parse(readFileSync(join(LIBRARY, 'llama.cpp.info.json'), 'utf8')) as { tag: string };
  return info.tag;
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12);
}

/** Options of a server. */
export interface LlamaServerOptions {
  /** Path of a GGUF, or of a folder with several, between which a router chooses. */
  readonly model: string;
  /** Path of a chat template. Defaults to the model's own. */
  readonly templateFile?: string | undefined;
  /** Defaults to 2,048. */
  readonly contextTokens?: number | undefined;
  /** Defaults to 1. */
  readonly threads?: number | undefined;
  /** Further arguments of the command line. */
  readonly args?: readonly string[] | undefined;
}

/** A running server. */
export interface LlamaServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly pid: number;
  /** Sends JSON. @throws Error with the server's own message if it refuses. */
  post<T>(path: string, body: unknown): Promise<T>;
}

/** Starts llama-server on a port of the loopback interface, and waits for the model. */
export async function startLlamaServer(program: string, options: LlamaServerOptions): Promise<LlamaServer> {
  const { model, templateFile, contextTokens = 2048, threads = 1, args = [] } = options;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const isRouter = statSync(model).isDirectory();
  const template = templateFile === undefined ? [] : ['--chat-template-file', templateFile];
  const child = spawn(
    program,
    [
      ...[
        isRouter ? '--models-dir' : '--model',
        model,
        '--host',
        '127.0.0.1',
        '--port',
        String(port),
        '--jinja',
        '--offline',
      ],
      ...['--ctx-size', String(contextTokens), '--threads', String(threads), ...template, ...args],
    ],
    {
      cwd: dirname(program),
      env: { PATH: process.env['PATH'], TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000);
    });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await until(async () => {
    if (hasEnded()) throw new Error(`llama-server ended: ${output}`);
    return fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  }).catch(async (error: unknown) => {
    await endProcess(child);
    throw error;
  });
  return {
    url,
    pid: child.pid ?? 0,
    post: (path, body) => post(`${url}${path}`, body),
    [Symbol.asyncDispose]: () => endProcess(child),
  };
}

async function post<T>(url: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = (await response.json()) as T & { error?: { message: string } };
  if (!response.ok) throw new Error(answer.error?.message ?? `llama-server answered ${response.status}.`);
  return answer;
}

/** The body of a request for a chat, in the words of OpenAI's API as llama-server extends it. */
export function chatBody({ messages, tools = [], thinking }: RenderOptions): object {
  const names = new Map<string, string>();
  return {
    messages: messages.map((message) => {
      if (message.role === 'tool')
        return {
          role: 'tool',
          content: message.content,
          tool_call_id: message.callId,
          name: names.get(message.callId),
        };
      if (message.role !== 'assistant') return { role: message.role, content: message.content };
      for (const { id, name } of message.toolCalls ?? []) names.set(id, name);
      return {
        role: 'assistant',
        content: message.content,
        reasoning_content: message.thought,
        tool_calls: message.toolCalls?.map(({ id, name, arguments: args }) => ({
          id,
          type: 'function',
          function: { name, arguments: JSON.stringify(args) },
        })),
      };
    }),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, inputSchema }) => ({
            type: 'function',
            function: { name, description, parameters: inputSchema },
          })),
        }),
    ...(typeof thinking === 'boolean' ? { chat_template_kwargs: { enable_thinking: thinking } } : {}),
  };
}

if (import.meta.main) console.log(await ensureLlamaServer(console.log));
