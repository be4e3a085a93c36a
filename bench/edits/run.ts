/**
 * `npm run bench:edits`: how many answers to edits are read exactly, and none wrong.
 *
 *   npm run bench:edits [-- --json] [--tasks]
 *
 * Recorded forms of answers (`renderings.ts`) to edits of files in many languages (`sources.ts`), with tabs and spaces,
 * at the start, in the middle and at the end of the file, go through the reader of edits. `exact` has the expected lines,
 * or the expected refusal; `refused` could have been read; `wrong` is a fault, and the bench ends with 1. `--json` prints
 * one object, `--tasks` the tasks for a real model: instruction, lines, and what stands around them.
 */
import { parseArgs } from 'node:util';
import { type Case, corpus, graded, places, type Verdict } from './corpus.ts';

type Counts = Record<Verdict, number>;

interface Report {
  readonly tasks: number;
  readonly exact: number;
  readonly refused: number;
  readonly wrong: number;
  /** Tokens that a model generated; recorded answers have none. */
  readonly tokens: number;
  /** Processor time of the reader. */
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

/** The tasks, for a model to answer. */
function tasks() {
  return places()
    .filter(({ file }) => !file.path.startsWith('tabs/'))
    .map(({ file, edit, original, before, after }) => ({
      id: `${file.path}: ${edit.instruction}`,
      languageId: file.languageId,
      path: file.path,
      indentation: file.indentation,
      instruction: edit.instruction,
      original,
      before,
      after,
      expected: edit.lines,
    }));
}

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, tasks: { type: 'boolean', default: false } },
});
if (values.tasks) {
  console.log(JSON.stringify(tasks(), undefined, 2));
} else {
  const { report, faults } = run(corpus());
  if (values.json) console.log(JSON.stringify(report));
  else {
    console.log(table('form', report.byForm));
    console.log();
    console.log(table('language', report.byLanguage));
    console.log();
    console.log(
      `${report.tasks} answers: ${report.exact} exact, ${report.refused} refused, ${report.wrong} wrong, ${report.seconds.toFixed(1)} s.`,
    );
    for (const fault of faults) console.log(`\nWRONG ${fault}`);
  }
  process.exitCode = report.wrong === 0 ? 0 : 1;
}
