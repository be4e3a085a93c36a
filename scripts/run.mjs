// Runs one of the scripts in this folder on Node 24, from any Node of 20 or newer: installs what the lock
// file names where it is missing, then hands over. Plain JavaScript, because an older Node reads it first.
//
//   node scripts/run.mjs <start|test|build|check|generate|package|desktop|interop> [arguments]

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [command, ...args] = process.argv.slice(2);
const script = join(root, 'scripts', `${command}.ts`);

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node 20 or newer is needed; this is ${process.version}.`);
if (command === undefined || !existsSync(script)) fail(`There is no script “${command}”.`);

installDependencies();
const child = spawn(node24(), [script, ...args], { cwd: root, stdio: 'inherit' });
// Ctrl+C reaches the child from the terminal itself; this process waits for its clean end.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(`Node 24 could not be started: ${error.message}`));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

/** Installs the packages when the lock file is not the one that was installed last. */
function installDependencies() {
  const stamp = join(root, 'node_modules', '.oci-models-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing packages…');
  // Without install scripts: no package of this project needs one, and node-llama-cpp's would try to compile.
  const npm = process.env.npm_execpath;
  const npmArgs = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const result =
    npm === undefined
      ? spawnSync('npm', npmArgs, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
      : spawnSync(process.execPath, [npm, ...npmArgs], { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) fail('The packages could not be installed; npm’s message is above.');
  writeFileSync(stamp, wanted);
}

/** A Node of version 24 or newer: this one, or the one that came as a package for this platform. */
function node24() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const names = [`node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`];
  names.push(`node-bin-${process.platform}-${process.arch}`);
  for (const name of names) {
    const path = join(root, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(path)) return path;
  }
  return fail(
    `There is no Node 24 package for ${process.platform}-${process.arch}. Install Node 24 and try again.`,
  );
}

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(1);
}
