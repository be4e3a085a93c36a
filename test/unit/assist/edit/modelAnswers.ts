/** Answers of families of models, with marks, frames and additions of their own, each of which was once read wrong. */
import type { Tricky } from './tricky.ts';

const GO = {
  lang: 'go',
  indentation: '\t',
  before: ['package store', '', 'import "os"', ''],
  orig: ['func Read(path string) []byte {', '\tdata, _ := os.ReadFile(path)', '\treturn data', '}'],
  after: ['', 'func Exists(path string) bool {', '\t_, err := os.Stat(path)', '\treturn err == nil', '}'],
};
const READ = ['func Read(path string) ([]byte, error) {', '\treturn os.ReadFile(path)', '}'];
const RUST = {
  lang: 'rust',
  before: ['pub struct Counter {', '    n: u32,', '}', '', 'impl Counter {'],
  orig: ['    pub fn add(&mut self, by: u32) {', '        self.n = self.n + by;', '    }'],
  after: ['}'],
};
const ADD = ['    pub fn add(&mut self, by: u32) {', '        self.n = self.n.saturating_add(by);', '    }'];
const PYTHON = {
  lang: 'python',
  before: ['class Stack:', '    def __init__(self):', '        self.items = []', ''],
  orig: ['    def pop(self):', '        return self.items.pop()'],
  after: ['', '    def size(self):', '        return len(self.items)'],
};
const POP = ['    def pop(self):', '        return self.items.pop() if self.items else None'];
const SHELL = { lang: 'shellscript', orig: ['for f in *.txt; do', '  cat $f', 'done'], after: ['echo done'] };
const TS = { lang: 'typescript', orig: ['let x = 1;'], before: ['let w = 0;'], after: ['let y = 2;'] };

function block(info: string, ...lines: readonly string[]): string {
  return `\`\`\`${info}\n${lines.join('\n')}\n\`\`\``;
}

export const MODEL_ANSWERS: readonly Tricky[] = [
  {
    id: 'Qwen: a mark of fill-in-the-middle behind the code',
    ...GO,
    answer: `<|fim_middle|>${READ.join('\n')}<|fim_suffix|>`,
    want: 'refused',
  },
  {
    id: 'Qwen: a mark of fill-in-the-middle before the code',
    ...GO,
    answer: `<|fim_middle|>${READ.join('\n')}`,
    want: READ,
  },
  {
    id: 'Qwen: another file behind its mark',
    ...GO,
    answer: `${READ.join('\n')}\n<|file_sep|>other.go\npackage other`,
    want: READ,
  },
  {
    id: 'StarCoder2: another file behind the end of the text',
    ...GO,
    answer: `${READ.join('\n')}\n<|endoftext|>package main\n\nfunc main() {}`,
    want: 'refused',
  },
  {
    id: 'a mark that the code speaks of',
    ...TS,
    answer: block('ts', 'let x = "<|im_start|>";'),
    want: ['let x = "<|im_start|>";'],
  },
  {
    id: 'Mellum: the name of the file before bare code',
    ...GO,
    answer: `<filename>store/read.go\n${READ.join('\n')}`,
    want: READ,
  },
  {
    id: 'a test behind the function',
    ...GO,
    answer: block('go', ...READ, '', 'func TestRead(t *testing.T) {', '\tRead("x")', '}'),
    want: 'refused',
  },
  {
    id: 'a program behind the method',
    ...RUST,
    answer: block('rust', ...ADD, '', '    fn main() {', '        println!("x");', '    }'),
    want: 'refused',
  },
  {
    id: 'an import above a method of Rust',
    ...RUST,
    answer: block('rust', '    use std::num::Saturating;', '', ...ADD),
    want: 'refused',
  },
  {
    id: 'an import above a method of Python',
    ...PYTHON,
    answer: block('python', '    from typing import Any', '', ...POP),
    want: 'refused',
  },
  {
    id: 'an import within a function of Python',
    ...PYTHON,
    before: ['def pop(items):'],
    orig: ['    return items.pop()'],
    after: [],
    answer: block('python', '    import random', '    return random.choice(items)'),
    want: ['    import random', '    return random.choice(items)'],
  },
  {
    id: 'an import among imports',
    ...PYTHON,
    before: ['import os'],
    orig: ['TOP = 1'],
    after: [],
    answer: block('python', 'import sys', 'TOP = sys.maxsize'),
    want: ['import sys', 'TOP = sys.maxsize'],
  },
  {
    id: 'the mark of a cell',
    ...PYTHON,
    answer: block('python', '# %%', ...POP),
    want: POP,
  },
  {
    id: 'a command that changes the file',
    ...SHELL,
    answer: block('bash', `sed -i 's/cat $f/cat "$f"/' script.sh`),
    want: 'refused',
  },
  {
    id: 'one line of a loop',
    ...SHELL,
    answer: block('sh', '  cat "$f"'),
    want: 'refused',
  },
  {
    id: 'an artifact',
    ...TS,
    answer: '<artifact identifier="x" type="application/vnd.ant.code">\nlet x = 2;\n</artifact>',
    want: ['let x = 2;'],
  },
  {
    id: 'character data of XML',
    ...TS,
    answer: '<code><![CDATA[\nlet x = 2;\n]]></code>',
    want: ['let x = 2;'],
  },
];
