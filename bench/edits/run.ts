/**
 * `npm run bench:edits`: how many answers to edits are read exactly, and none wrong.
 *
 *   npm run bench:edits [-- --model FILE | --endpoint URL [--name MODEL]] [--tasks DIR] [--every N] [--verbose] [--json]
 *   npm run bench:edits -- --history REPOSITORY [--commits N] [--json]
 *
 * Edits of files in many languages (`tasks/`), with tabs and spaces, at the start, in the middle and at the end of the
 * file. Without a model, recorded forms of answers to them (`renderings.ts`, and `habits/` of small models) go through the
 * reader of edits: `exact` has the expected lines, or the expected refusal; `refused` could have been read. With a GGUF,
 * or a server of OpenAI's API, it is asked for each edit as an inline edit is: `exact` has the form that was asked for,
 * if not the wit (`expected` counts the lines that are the expected ones). `wrong` is a fault in both, and the bench ends with 1. `--name` chooses a
 * model of the server, which is its first one otherwise; the server's key comes from OPENAI_API_KEY. `--tasks` reads the
 * JSON files of another folder, `--every 4` asks a model for each fourth edit only, `--verbose` prints every answer,
 * `--json` prints one object. `--history` makes answers of the last changes in a Git repository, 300 commits by default; what is
 * wrong there may be a change of white space alone, which the reader adapts to the file.
 */
import { parseArgs } from 'node:util';
import type { Answerer } from '../../src/assist/index.ts';
import { userPath } from '../support/userPath.ts';
import { localAnswerer, servedAnswerer } from './answerers.ts';
import { type Case, corpus, graded, places, type Verdict } from './corpus.ts';
import { historyCases } from './history.ts';
import { type Attempt, attempts } from './model.ts';
import { readSources, type SourceFile, TASKS } from './sources.ts';

/** Longest answer where there are no lines yet, in tokens; the default of the setting. */
const LIMIT_TOKENS = 1_024;

type Counts = Record<Verdict, number>;

interface Report {
  readonly tasks: number;
  readonly exact: number;
  readonly refused: number;
  readonly wrong: number;
  /** Answers of a model with the expected lines. */
  readonly expected?: number;
  /** Tokens that a model generated; recorded answers have none. */
  readonly tokens: number;
  /** Processor time of the reader, or the time that a model took. */
  readonly seconds: number;
  readonly byForm: Readonly<Record<string, Counts>>;
  readonly byLanguage: Readonly<Record<string, Counts>>;
}

function add(table: Record<string, Counts>, name: string, verdict: Verdict): void {
  table[name] ??= { exact: 0, refused: 0, wrong: 0 };
  table[name][verdict]++;
}

function run(cases: readonly Case[]): { report: Report; faults: readonly string[] } {
  const byForm: Record<string, Counts> = {};
  const byLanguage: Record<string, Counts> = {};
  const total: Counts = { exact: 0, refused: 0, wrong: 0 };
  const faults: string[] = [];
  const start = process.cpuUsage();
  for (const one of cases) {
    const { verdict, got } = graded(one);
    total[verdict]++;
    add(byForm, one.rendering.form, verdict);
    add(byLanguage, one.place.file.languageId, verdict);
    if (verdict === 'wrong') faults.push(`${one.id}\n${got}`);
  }
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  return { report: { tasks: cases.length, ...total, tokens: 0, seconds, byForm, byLanguage }, faults };
}

function table(title: string, rows: Readonly<Record<string, Counts>>): string {
  const lines = Object.entries(rows).map(([name, { exact, refused, wrong }]) => {
    const share = ((100 * exact) / (exact + refused + wrong)).toFixed(1);
    return `${name.padEnd(40)}${String(exact).padStart(7)}${String(refused).padStart(9)}${String(wrong).padStart(7)}${share.padStart(8)} %`;
  });
  return [
    `${title.padEnd(40)}${'exact'.padStart(7)}${'refused'.padStart(9)}${'wrong'.padStart(7)}`,
    ...lines,
  ].join('\n');
}

interface ModelOptions {
  readonly isVerbose: boolean;
  /** One of so many tasks is asked. */
  readonly every: number;
}

async function runModel(sources: readonly SourceFile[], ready: Answerer, { isVerbose, every }: ModelOptions) {
  const byForm: Record<string, Counts> = {};
  const byLanguage: Record<string, Counts> = {};
  const total: Counts = { exact: 0, refused: 0, wrong: 0 };
  const faults: string[] = [];
  const [start, all]: [number, Attempt[]] = [performance.now(), []];
  const tasks = places(sources)
    .filter(({ file }) => !file.path.startsWith('tabs/'))
    .filter((_, index) => index % every === 0);
  for await (const one of attempts(tasks, ready, { limitTokens: LIMIT_TOKENS })) {
    const { place, verdict, form, got, isExpected } = one;
    all.push(one);
    total[verdict]++;
    add(byForm, form, verdict);
    add(byLanguage, place.file.languageId, verdict);
    const text = `${place.file.path}: ${place.edit.instruction}\n${got}`;
    if (verdict === 'wrong') faults.push(text);
    if (isVerbose) console.log(`${verdict}${isExpected ? ', as expected' : ''}, ${form}: ${text}\n`);
  }
  const report: Report = {
    tasks: all.length,
    ...total,
    expected: all.filter(({ isExpected }) => isExpected).length,
    tokens: all.reduce((sum, { tokens }) => sum + tokens, 0),
    seconds: (performance.now() - start) / 1000,
    byForm,
    byLanguage,
  };
  return { report, faults };
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    tasks: { type: 'string', default: TASKS },
    every: { type: 'string', default: '1' },
    model: { type: 'string' },
    endpoint: { type: 'string' },
    history: { type: 'string' },
    commits: { type: 'string', default: '300' },
    name: { type: 'string' },
  },
});
const sources = readSources(userPath(values.tasks));
const { report, faults } = await runChosen();
if (values.json) console.log(JSON.stringify(report));
else {
  const { tasks, exact, refused, wrong, expected, tokens, seconds } = report;
  console.log(table('form', report.byForm));
  console.log();
  console.log(table('language', report.byLanguage));
  console.log();
  const wit = expected === undefined ? '' : ` (${expected} as expected), ${tokens} tokens`;
  console.log(
    `${tasks} answers: ${exact} exact, ${refused} refused, ${wrong} wrong${wit}, ${seconds.toFixed(1)} s.`,
  );
  for (const fault of faults) console.log(`\nWRONG ${fault}`);
}
process.exitCode = report.wrong === 0 ? 0 : 1;

/** Runs with what the command line names. */
async function runChosen() {
  const { model, endpoint, name, verbose: isVerbose } = values;
  const options = { isVerbose, every: Number(values.every) };
  if (model !== undefined) {
    await using local = await localAnswerer(userPath(model));
    return await runModel(sources, local.ready, options);
  }
  if (values.history !== undefined)
    return run(historyCases(userPath(values.history), Number(values.commits)));
  if (endpoint === undefined) return run(corpus(sources));
  await using served = await servedAnswerer(endpoint, { name, key: process.env['OPENAI_API_KEY'] });
  return await runModel(sources, served.ready, options);
}
