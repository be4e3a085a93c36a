/** What people are told of the answers that servers really give: answers.md, met by a real client over real sockets. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { ModelError } from '../../../src/base/error.ts';
import { singleLine } from '../../../src/base/text.ts';
import { type Phase, type Trouble, tell, tellTrouble } from './answerServers.ts';

/** The rows of the table below a heading, each as its cells. */
function rowsOf(heading: string): string[][] {
  const text = readFileSync(new URL('./answers.md', import.meta.url), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  // The first two are the head.
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim().replace(/^\| ?| ?\|$/g, '')),
  );
}

function headersOf(cell: string): Record<string, string> {
  const lines = cell === '' ? [] : cell.split('<br>');
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
  );
}

function bodyOf(cell: string, isText: boolean): string {
  const [, character, count] = /^`(.)` times (\d+)$/.exec(cell) ?? [];
  if (character !== undefined) return character.repeat(Number(count));
  const body = cell.replace(/^`|`$/g, '');
  return isText ? body.replaceAll('\\n', '\n').replaceAll('\\t', '\t') : body;
}

function codeOf({ code, retryable }: ModelError): string {
  return retryable ? `${code}, again` : code;
}

const ANSWERS = rowsOf('Answers');
const NETWORKS = rowsOf('Networks');

describe('answers that people meet', () => {
  test('are more than fifty', () => assert.ok(ANSWERS.length + NETWORKS.length > 50));

  for (const row of ANSWERS) {
    const [name = '', phase = '', login, status, headers = '', body = '', code, told] = row;
    test(`${phase}: ${name}`, async (t) => {
      assert.equal(row.length, 8);
      const sent = headersOf(headers);
      const error = await tell(t, {
        phase: phase as Phase,
        signedIn: login === 'yes',
        answer: {
          status: Number(status),
          headers: sent,
          body: bodyOf(body, sent['content-type'] === 'text/plain'),
        },
      });
      assert.equal(singleLine(error.message), told);
      assert.equal(codeOf(error), code);
      // A button goes with the words.
      if (error.code === 'rate-limited') assert.equal(error.signInHelps, /sign in/.test(error.message));
    });
  }
});

describe('networks that people meet', () => {
  for (const [trouble = '', code, told] of NETWORKS) {
    test(trouble, async (t) => {
      const error = await tellTrouble(t, trouble as Trouble);
      assert.equal(error.message, told);
      assert.equal(codeOf(error), code);
    });
  }
});
