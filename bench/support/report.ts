/** The outcome of a benchmark, for people and for programs. */
import { cpus, totalmem } from 'node:os';
import type { Outcome, Settings } from './scenario.ts';
import { noise } from './statistics.ts';

/** Lines of a table whose columns stand below each other; the first column is on the left, the others on the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

/** As a table, with targets below. */
export function formatOutcome({ title, rows, targets }: Outcome): string {
  const head = ['', 'wall s', 'noise', 'CPU s', 'peak MB', 'MB/s', 'block ms'];
  const body = rows.map(({ name, wall, cpu, peakRss, runs }) => {
    const figures = runs.map((run) => run.figures);
    const speeds = figures.map((figure) => figure?.megabytesPerSecond ?? Number.NaN);
    const blocks = figures.map((figure) => figure?.longestBlockMs ?? Number.NaN);
    const best = (values: readonly number[], digits: number): string =>
      values.some(Number.isNaN) ? '' : Math.max(...values).toFixed(digits);
    return [
      name,
      wall.median.toFixed(3),
      `${(100 * noise(wall)).toFixed(0)} %`,
      cpu.median.toFixed(2),
      (peakRss.median / 1e6).toFixed(0),
      best(speeds, 0),
      best(blocks, 1),
    ];
  });
  const wanted = targets.map(({ what, value, limit, bound, unit, met }) => {
    const digits = Number.isInteger(value) ? 0 : 2;
    return `  ${met ? '✔' : '✖'} ${what}: ${value.toFixed(digits)}${unit} (${bound} ${limit}${unit})`;
  });
  return [title, ...table([head, ...body]).map((line) => `  ${line}`), ...wanted].join('\n');
}

/** Everything, each single run included. */
export function toJson(outcomes: readonly Outcome[], settings: Settings): string {
  const machine = {
    processors: cpus().length,
    model: cpus()[0]?.model ?? '',
    memoryBytes: totalmem(),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  };
  return `${JSON.stringify({ at: new Date().toISOString(), machine, settings, scenarios: outcomes }, null, 2)}\n`;
}
