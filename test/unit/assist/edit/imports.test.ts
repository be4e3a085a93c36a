/** Lines that import something in the middle of a file: refused unless they are asked for, or are no imports. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readEdit } from '../../../../src/assist/edit/index.ts';

interface Case {
  readonly id: string;
  readonly languageId: string;
  readonly before: readonly string[];
  readonly original: readonly string[];
  readonly after: readonly string[];
  readonly lines: readonly string[];
  readonly instruction?: string;
}

const PHP = {
  id: 'a trait of a class of PHP',
  languageId: 'php',
  before: ['<?php', 'class User {'],
  original: ['    public function name() {', '        return $this->name;', '    }'],
  after: ['}'],
  lines: ['    use SoftDeletes;', '', '    public function name() {', '        return $this->name;', '    }'],
};
const RUST = {
  id: 'an import of a module of tests, as was asked for',
  languageId: 'rust',
  before: ['mod tests {'],
  original: ['    fn adds() {}'],
  after: ['}'],
  lines: ['    use super::*;', '', '    fn adds() {}'],
  instruction: 'Import everything of the parent',
};
const MODULE = {
  id: 'a call of the module’s own object',
  languageId: 'javascript',
  before: ['const a = 1;', 'run(a);'],
  original: ['start();'],
  after: [],
  lines: ['start();', 'import.meta.hot?.accept();'],
};

const TAKEN: readonly Case[] = [
  PHP,
  RUST,
  MODULE,
  {
    id: 'a command of a shell',
    languageId: 'shellscript',
    before: ['#!/bin/sh', 'cd /tmp'],
    original: ['sleep 1'],
    after: ['echo ok'],
    lines: ['sleep 1', 'import -window root x.png'],
  },
  {
    id: 'a statement of SQL',
    languageId: 'sql',
    before: ['SELECT 2;'],
    original: ['SELECT 1;'],
    after: ['SELECT 3;'],
    lines: ['use other;', 'SELECT 1;'],
  },
];
const REFUSED: readonly Case[] = [
  { ...PHP, id: 'a name of PHP above a function', lines: ['use App\\User;', ...PHP.original] },
  { ...RUST, id: 'an import of a module, which nobody asked for', instruction: 'Document this' },
  { ...MODULE, id: 'a module of JavaScript', lines: ["import b from 'b';", 'start(b);'] },
];

function read({ languageId, before, original, after, lines, instruction = 'Improve this' }: Case) {
  const answer = `\`\`\`${languageId}\n${lines.join('\n')}\n\`\`\``;
  const context = { languageId, indentation: '    ', before, after, instruction, complete: true };
  return readEdit(answer, original, context);
}

describe('an import in the middle of a file', () => {
  for (const one of TAKEN)
    test(`is taken: ${one.id}`, () => {
      const result = read(one);
      assert.deepEqual(result.kind === 'lines' ? result.lines : result, one.lines);
    });
  for (const one of REFUSED) test(`is refused: ${one.id}`, () => assert.equal(read(one).kind, 'refused'));
});
