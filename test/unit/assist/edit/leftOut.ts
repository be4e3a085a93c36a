/** Answers with comments in place of lines, between marks that stand for lines, or with several versions of a function. */
import type { Tricky } from './tricky.ts';

const TOTAL = [
  'function total(items) {',
  '  let sum = 0;',
  '  for (const item of items) {',
  '    if (item.hidden) continue;',
  '    sum += item.price * item.count;',
  '  }',
  "  log('sum', sum);",
  '  audit(items);',
  '  return sum;',
  '}',
];
const STORE = [
  'export class Store {',
  '  open() {',
  '    this.count += 1;',
  "    log('open');",
  '    return this;',
  '  }',
  '',
  '  close() {',
  '    this.count -= 1;',
  "    log('close');",
  '    return this;',
  '  }',
  '}',
];
const OPENED = STORE.map((line, index) => (index === 2 ? '    this.count += 2;' : line));

function block(...lines: readonly string[]): string {
  return `\`\`\`js\n${lines.join('\n')}\n\`\`\``;
}

function js(id: string, orig: readonly string[], answer: string, want: Tricky['want']): Tricky {
  return { id, lang: 'javascript', orig, answer, want, indentation: '  ' };
}

/** Comments that stand for the lines between the first and the last one. */
const COMMENTS = [
  '// ... restlicher Code ...',
  '// Rest bleibt unverändert',
  '// El resto del código permanece igual',
  '// ... reste du code ...',
  '// 其余代码保持不变',
  '// 以下省略',
  '// 残りは変更なし',
  '// остальной код без изменений',
  '// 기존 코드',
  '// zbytek beze změn',
  '// a többi változatlan',
  '// <existing code>',
  '// ===== same as before =====',
  '// the loop goes here',
  '// loop body',
  '// your logic here',
  '// TODO: keep existing loop',
  '// (snip)',
  '// etc.',
  '// ⋮',
  '// lines 3-9 unchanged',
  '/* see original */',
  '<rest of the function>',
  '(unverändert)',
  '...',
  '. . .',
  'etc.',
  '-- snip --',
  'return ...;',
  'f(...);',
  '[...]',
];

export const LEFT_OUT: readonly Tricky[] = [
  ...COMMENTS.map((comment) =>
    js(
      `lines lost behind a comment: ${comment}`,
      TOTAL,
      block('function total(items) {', '  let amount = 0;', `  ${comment}`, '  return amount;', '}'),
      'refused',
    ),
  ),
  {
    id: 'a body that became pass',
    lang: 'python',
    orig: ['def f(a):', '    b = a + 1', '    return check(b)'],
    answer: '```python\ndef f(a, c):\n    pass\n```',
    want: 'refused',
  },
  {
    id: 'values left out in JSON',
    lang: 'json',
    orig: ['{', '  "build": "one",', '  "test": "two",', '  "push": "four"', '}'],
    answer: '```json\n{\n  "build": "1",\n  "...": "..."\n}\n```',
    want: 'refused',
  },
  {
    id: 'rows left out in Markdown',
    lang: 'markdown',
    orig: ['| a | b |', '|---|---|', '| one | two |', '| six | ten |'],
    answer: '```markdown\n| x | b |\n|---|---|\n| ... | ... |\n```',
    want: 'refused',
  },
  {
    id: 'a rule in rewritten Markdown',
    lang: 'markdown',
    orig: ['Apples are red and round.', 'Pears are green and long.', 'Plums are blue and small.'],
    answer: '```markdown\n# Fruit\n\n---\n\nRed, green and blue.\n```',
    want: ['# Fruit', '', '---', '', 'Red, green and blue.'],
  },
  js('lines lost at the end', TOTAL, block('function total(items) {', '  // as above', '}'), 'refused'),
  js(
    'a comment behind code stands for the lines below',
    TOTAL,
    block('function total(items) {', '  let amount = 0; // rest unchanged', '}'),
    'refused',
  ),
  js(
    'a comment about new code is one',
    TOTAL.slice(0, 3),
    block(
      'function total(items) {',
      '  // Hidden ones do not count',
      '  const shown = items.filter(isShown);',
    ),
    ['function total(items) {', '  // Hidden ones do not count', '  const shown = items.filter(isShown);'],
  ),
  js(
    'a line becomes a comment',
    TOTAL,
    block(...TOTAL.map((line) => line.replace('log(', '// log('))),
    TOTAL.map((line) => line.replace('log(', '// log(')),
  ),
  js(
    'a comment about the rest where nothing is left out',
    TOTAL,
    block(...TOTAL.slice(0, 6), '  // Skip the other lines', ...TOTAL.slice(6)),
    [...TOTAL.slice(0, 6), '  // Skip the other lines', ...TOTAL.slice(6)],
  ),
  js(
    'marks around a whole block',
    STORE,
    block('// ... existing code ...', ...OPENED.slice(1, 6), '// ... existing code ...'),
    OPENED,
  ),
  js(
    'marks around changed lines beside known ones',
    STORE,
    block('  // ...', '    this.count += 2;', "    log('open');", '  // ...'),
    OPENED,
  ),
  js(
    'marks for the lines around the selected ones',
    STORE.slice(2, 5),
    block('// ...', '    this.count += 2;', "    log('opened');", '    return that;', '// ...'),
    ['    this.count += 2;', "    log('opened');", '    return that;'],
  ),
  js('marks around new lines', [], block('// ...', 'log(1);', '// ...'), ['log(1);']),
  js(
    'marks around lines that are nowhere',
    STORE,
    block('// ...', '    launch();', '    land();', '// ...'),
    'refused',
  ),
  js(
    'two versions of a function',
    TOTAL,
    block(
      '// Option 1',
      ...TOTAL,
      '',
      '// Option 2',
      'function total(items) {',
      '  return sumOf(items);',
      '}',
    ),
    'refused',
  ),
  {
    id: 'getter and setter of a name',
    lang: 'python',
    orig: ['total = 0'],
    answer:
      '```python\n@property\ndef total(self):\n    return self._t\n\n@total.setter\ndef total(self, t):\n    self._t = t\n```',
    want: [
      '@property',
      'def total(self):',
      '    return self._t',
      '',
      '@total.setter',
      'def total(self, t):',
      '    self._t = t',
    ],
  },
  {
    id: 'overloads of a method',
    lang: 'java',
    orig: ['int total;'],
    answer: '```java\nvoid add(int a) {\n}\n\nvoid add(long a) {\n}\n```',
    want: ['void add(int a) {', '}', '', 'void add(long a) {', '}'],
  },
];
