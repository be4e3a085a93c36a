/** Files in many languages, and edits of them: the material of recorded forms, and the tasks for real models. */

/** An edit of a file. */
export interface SourceEdit {
  readonly instruction: string;
  /** The first line to change, counted from 0. */
  readonly start: number;
  /** Lines to change; 0 for an insertion before `start`. */
  readonly count: number;
  /** The lines that are expected in their place. */
  readonly lines: readonly string[];
}

/** A file with its edits. */
export interface SourceFile {
  readonly languageId: string;
  /** The word of info strings. */
  readonly info: string;
  readonly path: string;
  readonly indentation: string;
  readonly lines: readonly string[];
  readonly edits: readonly SourceEdit[];
}

interface Draft {
  readonly languageId: string;
  readonly info: string;
  readonly path: string;
  readonly indentation: string;
  readonly text: string;
  /** Instruction, text of the first line, number of lines, new text. An empty first line stands for the end. */
  readonly edits: readonly (readonly [string, string, number, string])[];
}

function source({ text, edits, ...file }: Draft): SourceFile {
  const lines = text.replace(/^\n/, '').replace(/\n$/, '').split('\n');
  return {
    ...file,
    lines,
    edits: edits.map(([instruction, first, count, fresh]) => {
      const start = first === '' ? lines.length : lines.indexOf(first);
      if (start < 0) throw new Error(`${file.path} has no line “${first}”.`);
      const added = fresh === '' ? [] : fresh.replace(/^\n/, '').split('\n');
      return { instruction, start, count, lines: added };
    }),
  };
}

const python = source({
  languageId: 'python',
  info: 'python',
  path: 'stack.py',
  indentation: '    ',
  text: `
import os
import sys


def read_lines(path):
    f = open(path)
    lines = f.readlines()
    return lines


class Stack:
    """A stack of items."""

    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop(self):
        return self.items.pop()

    def describe(self):
        text = """
  items:
"""
        for item in self.items:
            text += str(item)
        return text


if __name__ == "__main__":
    print(read_lines(sys.argv[1]))
`,
  edits: [
    [
      'Use a with statement',
      '    f = open(path)',
      3,
      '    with open(path) as f:\n        return f.readlines()',
    ],
    ['Import pathlib too', 'import os', 2, 'import os\nimport pathlib\nimport sys'],
    [
      'Raise an error when the stack is empty',
      '        return self.items.pop()',
      1,
      '        if not self.items:\n            raise IndexError("the stack is empty")\n        return self.items.pop()',
    ],
    [
      'Add a method that returns the number of items',
      '    def describe(self):',
      0,
      '    def size(self):\n        return len(self.items)\n',
    ],
    [
      'Add a docstring',
      'def read_lines(path):',
      4,
      'def read_lines(path):\n    """Return the lines of a file.\n\n    The file is read at once.\n    """\n    f = open(path)\n    lines = f.readlines()\n    return lines',
    ],
    [
      'Print each line',
      '    print(read_lines(sys.argv[1]))',
      1,
      '    for line in read_lines(sys.argv[1]):\n        print(line, end="")',
    ],
    ['Remove the docstring', '    """A stack of items."""', 2, ''],
  ],
});

const typescript = source({
  languageId: 'typescript',
  info: 'ts',
  path: 'src/user.ts',
  indentation: '  ',
  text: `
import { readFile } from 'node:fs/promises';

export interface User {
  name: string;
  age: number;
}

/** Returns the sum of all ages. */
export function average(users: User[]) {
  let total = 0;
  for (const user of users) {
    total += user.age;
  }
  return total;
}

export class Directory {
  readonly #users = new Map<string, User>();

  add(user: User): void {
    this.#users.set(user.name, user);
  }

  usage(): string {
    return \`Usage:
  directory add <name>
\`;
  }
}

export async function load(path: string): Promise<User[]> {
  return JSON.parse(await readFile(path, 'utf8'));
}
`,
  edits: [
    [
      'Return the average instead of the total',
      '  return total;',
      1,
      '  return users.length === 0 ? 0 : total / users.length;',
    ],
    ['Use reduce', '  let total = 0;', 5, '  return users.reduce((total, user) => total + user.age, 0);'],
    [
      'Add an email address',
      'export interface User {',
      4,
      'export interface User {\n  name: string;\n  age: number;\n  email?: string;\n}',
    ],
    [
      'Add a method that finds a user',
      '  usage(): string {',
      0,
      '  find(name: string): User | undefined {\n    return this.#users.get(name);\n  }\n',
    ],
    [
      'Handle files that do not exist',
      "  return JSON.parse(await readFile(path, 'utf8'));",
      1,
      "  try {\n    return JSON.parse(await readFile(path, 'utf8'));\n  } catch {\n    return [];\n  }",
    ],
    [
      'Add a return type and rename total to sum',
      'export function average(users: User[]) {',
      7,
      'export function average(users: User[]): number {\n  let sum = 0;\n  for (const user of users) {\n    sum += user.age;\n  }\n  return sum;\n}',
    ],
    ['Remove the comment', '/** Returns the sum of all ages. */', 1, ''],
  ],
});

const go = source({
  languageId: 'go',
  info: 'go',
  path: 'cmd/main.go',
  indentation: '\t',
  text: `
package main

import (
	"fmt"
	"os"
)

type Point struct {
	X int
	Y int
}

func (p Point) Add(o Point) Point {
	return Point{p.X + o.X, p.Y + o.Y}
}

func sum(values []int) int {
	total := 0
	for i := 0; i < len(values); i++ {
		total += values[i]
	}
	return total
}

func main() {
	data, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Println(len(data))
}
`,
  edits: [
    [
      'Use range',
      '	for i := 0; i < len(values); i++ {',
      3,
      '	for _, value := range values {\n		total += value\n	}',
    ],
    ['Import strings', '	"os"', 1, '	"os"\n	"strings"'],
    ['Print the error and exit', '		panic(err)', 1, '		fmt.Fprintln(os.Stderr, err)\n		os.Exit(1)'],
    [
      'Add a method that scales a point',
      'func sum(values []int) int {',
      0,
      'func (p Point) Scale(factor int) Point {\n	return Point{p.X * factor, p.Y * factor}\n}\n',
    ],
    ['Use float64', '	X int', 2, '	X float64\n	Y float64'],
    ['Print the text too', '	fmt.Println(len(data))', 2, '	fmt.Println(len(data), string(data))\n}'],
  ],
});

const rust = source({
  languageId: 'rust',
  info: 'rust',
  path: 'src/lib.rs',
  indentation: '    ',
  text: `
use std::collections::HashMap;

pub struct Counter<'a> {
    counts: HashMap<&'a str, usize>,
}

impl<'a> Counter<'a> {
    pub fn new() -> Self {
        Counter { counts: HashMap::new() }
    }

    pub fn add(&mut self, word: &'a str) {
        let count = self.counts.entry(word).or_insert(0);
        *count += 1;
    }

    pub fn get(&self, word: &str) -> usize {
        match self.counts.get(word) {
            Some(count) => *count,
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_words() {
        let mut counter = Counter::new();
        counter.add("a");
        assert_eq!(counter.get("a"), 1);
    }
}
`,
  edits: [
    [
      'Use copied and unwrap_or',
      '        match self.counts.get(word) {',
      4,
      '        self.counts.get(word).copied().unwrap_or(0)',
    ],
    ['Derive Default', "pub struct Counter<'a> {", 1, "#[derive(Default)]\npub struct Counter<'a> {"],
    [
      'Add a method that returns the number of words',
      '    pub fn get(&self, word: &str) -> usize {',
      0,
      '    pub fn len(&self) -> usize {\n        self.counts.len()\n    }\n',
    ],
    [
      'Ignore empty words',
      '        let count = self.counts.entry(word).or_insert(0);',
      2,
      '        if word.is_empty() {\n            return;\n        }\n        let count = self.counts.entry(word).or_insert(0);\n        *count += 1;',
    ],
    [
      'Test two words',
      '        assert_eq!(counter.get("a"), 1);',
      3,
      '        assert_eq!(counter.get("a"), 1);\n        assert_eq!(counter.get("b"), 0);\n    }\n}',
    ],
  ],
});

const c = source({
  languageId: 'c',
  info: 'c',
  path: 'list.c',
  indentation: '    ',
  text: `
#include <stdio.h>
#include <stdlib.h>

#define MAX 16

struct node {
    int value;
    struct node *next;
};

static int length(const struct node *list)
{
    int count = 0;
    while (list != NULL) {
        count++;
        list = list->next;
    }
    return count;
}

int main(void)
{
    struct node *head = malloc(sizeof(struct node));
    head->value = 1;
    head->next = NULL;
#ifdef DEBUG
    printf("debug\\n");
#endif
    printf("%d\\n", length(head));
    return 0;
}
`,
  edits: [
    [
      'Use a for loop',
      '    while (list != NULL) {',
      4,
      '    for (; list != NULL; list = list->next) {\n        count++;\n    }',
    ],
    ['Include string.h', '#include <stdlib.h>', 1, '#include <stdlib.h>\n#include <string.h>'],
    [
      'Check the result of malloc',
      '    head->value = 1;',
      0,
      '    if (head == NULL) {\n        return 1;\n    }',
    ],
    ['Free the node', '    return 0;', 1, '    free(head);\n    return 0;'],
    ['Make the limit larger', '#define MAX 16', 1, '#define MAX 1024'],
    [
      'Print in both cases',
      '#ifdef DEBUG',
      3,
      '#ifdef DEBUG\n    printf("debug\\n");\n#else\n    printf("release\\n");\n#endif',
    ],
  ],
});

const java = source({
  languageId: 'java',
  info: 'java',
  path: 'src/Account.java',
  indentation: '    ',
  text: `
package bank;

import java.util.ArrayList;
import java.util.List;

public class Account {
    private final List<Integer> entries = new ArrayList<>();
    private int balance = 0;

    public void deposit(int amount) {
        balance += amount;
        entries.add(amount);
    }

    public int getBalance() {
        return balance;
    }

    @Override
    public String toString() {
        String text = "";
        for (int entry : entries) {
            text += entry + ";";
        }
        return text;
    }
}
`,
  edits: [
    [
      'Refuse negative amounts',
      '        balance += amount;',
      2,
      '        if (amount < 0) {\n            throw new IllegalArgumentException("negative");\n        }\n        balance += amount;\n        entries.add(amount);',
    ],
    [
      'Use a StringBuilder',
      '        String text = "";',
      5,
      "        StringBuilder text = new StringBuilder();\n        for (int entry : entries) {\n            text.append(entry).append(';');\n        }\n        return text.toString();",
    ],
    ['Use long', '    private int balance = 0;', 1, '    private long balance = 0L;'],
    [
      'Add a method that withdraws',
      '    public int getBalance() {',
      0,
      '    public void withdraw(int amount) {\n        balance -= amount;\n        entries.add(-amount);\n    }\n',
    ],
    [
      'Import Collections',
      'import java.util.ArrayList;',
      1,
      'import java.util.ArrayList;\nimport java.util.Collections;',
    ],
  ],
});

const yaml = source({
  languageId: 'yaml',
  info: 'yaml',
  path: '.github/workflows/test.yml',
  indentation: '  ',
  text: `
name: test
on:
  push:
    branches: [main]
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Install
        run: npm ci
      - name: Test
        run: |
          npm test
          npm run lint
        env:
          CI: "true"
`,
  edits: [
    ['Run on pull requests as well', '  push:', 2, '  push:\n    branches: [main]\n  pull_request:'],
    [
      'Set Node 22 up',
      '      - name: Install',
      0,
      '      - uses: actions/setup-node@v4\n        with:\n          node-version: 22',
    ],
    ['Use the newest checkout', '      - uses: actions/checkout@v4', 1, '      - uses: actions/checkout@v5'],
    [
      'Build before the tests',
      '          npm test',
      2,
      '          npm run build\n          npm test\n          npm run lint',
    ],
    ['Turn color off', '        env:', 2, '        env:\n          CI: "true"\n          NO_COLOR: "1"'],
  ],
});

const markdown = source({
  languageId: 'markdown',
  info: 'markdown',
  path: 'README.md',
  indentation: '  ',
  text: `
# Weather

A small tool that shows the weather.

## Install

- Install Node 22.
- Clone the repository.

## Use

Run it with the name of a city.

## License

MIT
`,
  edits: [
    [
      'Say that it works offline',
      'A small tool that shows the weather.',
      1,
      'A small tool that shows the weather, even offline.',
    ],
    [
      'Add a step',
      '- Install Node 22.',
      2,
      '- Install Node 22.\n- Clone the repository.\n- Run `npm ci` in its folder.',
    ],
    ['Rename the title', '# Weather', 1, '# Weather Now'],
    ['Explain the options', '## License', 0, '## Options\n\nUse `--celsius` for degrees Celsius.\n'],
    ['Use the Apache license', 'MIT', 1, 'Apache-2.0'],
  ],
});

const html = source({
  languageId: 'html',
  info: 'html',
  path: 'index.html',
  indentation: '  ',
  text: `
<!doctype html>
<html lang="en">
  <head>
    <title>Shop</title>
  </head>
  <body>
    <h1>Shop &amp; More</h1>
    <ul class="items">
      <li>Bread</li>
      <li>Milk</li>
    </ul>
    <button onclick="buy()">Buy</button>
  </body>
</html>
`,
  edits: [
    ['Add cheese', '      <li>Milk</li>', 1, '      <li>Milk</li>\n      <li>Cheese</li>'],
    [
      'Add a style sheet',
      '    <title>Shop</title>',
      1,
      '    <title>Shop</title>\n    <link rel="stylesheet" href="shop.css">',
    ],
    [
      'Make it an ordered list',
      '    <ul class="items">',
      4,
      '    <ol class="items">\n      <li>Bread</li>\n      <li>Milk</li>\n    </ol>',
    ],
    [
      'Add a text before the button',
      '    <button onclick="buy()">Buy</button>',
      0,
      '    <p>Choose what you want.</p>',
    ],
    ['Make the button a link', '    <button onclick="buy()">Buy</button>', 1, '    <a href="/buy">Buy</a>'],
  ],
});

const sql = source({
  languageId: 'sql',
  info: 'sql',
  path: 'schema.sql',
  indentation: '  ',
  text: `
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);

CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  user_id INTEGER REFERENCES users (id),
  total NUMERIC NOT NULL
);

-- Totals of each user.
SELECT users.name, SUM(orders.total)
FROM users
JOIN orders ON orders.user_id = users.id
GROUP BY users.name;
`,
  edits: [
    ['Add an email address', '  name TEXT NOT NULL', 1, '  name TEXT NOT NULL,\n  email TEXT UNIQUE'],
    [
      'Only totals above 100',
      'GROUP BY users.name;',
      1,
      'GROUP BY users.name\nHAVING SUM(orders.total) > 100;',
    ],
    [
      'Keep users without orders',
      'JOIN orders ON orders.user_id = users.id',
      1,
      'LEFT JOIN orders ON orders.user_id = users.id',
    ],
    ['Add an index', '-- Totals of each user.', 0, 'CREATE INDEX orders_user ON orders (user_id);\n'],
    [
      'Delete orders with their user',
      '  user_id INTEGER REFERENCES users (id),',
      2,
      '  user_id INTEGER REFERENCES users (id) ON DELETE CASCADE,\n  total NUMERIC NOT NULL CHECK (total >= 0)',
    ],
  ],
});

const shell = source({
  languageId: 'shellscript',
  info: 'bash',
  path: 'deploy.sh',
  indentation: '  ',
  text: `
#!/bin/sh
set -e

target="$1"

usage() {
  cat <<EOF
Usage: deploy TARGET
  TARGET  a host
EOF
}

if [ -z "$target" ]; then
  usage
  exit 1
fi

for file in dist/*; do
  echo "copying $file"
  scp "$file" "$target:/srv/app"
done
`,
  edits: [
    ['Fail on unset variables', 'set -e', 1, 'set -eu'],
    ['Use rsync', 'for file in dist/*; do', 4, 'rsync -a dist/ "$target:/srv/app"'],
    ['Say what is missing', '  usage', 2, '  echo "no target" >&2\n  usage\n  exit 1'],
    ['Build first', 'for file in dist/*; do', 0, 'npm run build\n'],
    [
      'Ask before copying',
      '  echo "copying $file"',
      1,
      '  printf "copy %s? " "$file"\n  read -r answer\n  [ "$answer" = y ] || continue',
    ],
  ],
});

const makefile = source({
  languageId: 'makefile',
  info: 'makefile',
  path: 'Makefile',
  indentation: '\t',
  text: `
CC = cc
CFLAGS = -O2

all: app

app: main.o list.o
	$(CC) -o app main.o list.o

main.o: main.c
	$(CC) $(CFLAGS) -c main.c

clean:
	rm -f app *.o

.PHONY: all clean
`,
  edits: [
    ['Turn warnings on', 'CFLAGS = -O2', 1, 'CFLAGS = -O2 -Wall'],
    ['Strip the program', '	$(CC) -o app main.o list.o', 1, '	$(CC) -o app main.o list.o\n	strip app'],
    ['Remove the folder too', 'clean:', 2, 'clean:\n	rm -f app *.o\n	rm -rf build'],
    ['Add a target that runs the tests', '.PHONY: all clean', 0, 'test: app\n	./app --test\n'],
    ['Name all targets', '.PHONY: all clean', 1, '.PHONY: all clean test'],
  ],
});

const css = source({
  languageId: 'css',
  info: 'css',
  path: 'shop.css',
  indentation: '  ',
  text: `
:root {
  --accent: #07c;
}

.items {
  margin: 0;
  padding: 0 1rem;
}

.items > li:hover {
  color: var(--accent);
}
`,
  edits: [
    ['Use a darker color', '  --accent: #07c;', 1, '  --accent: #049;'],
    [
      'Lay the items out in columns',
      '  margin: 0;',
      2,
      '  display: grid;\n  gap: 1rem;\n  margin: 0;\n  padding: 0 1rem;',
    ],
    ['Style the button', '.items > li:hover {', 0, 'button {\n  border-radius: 4px;\n}\n'],
    [
      'Underline on hover',
      '.items > li:hover {',
      3,
      '.items > li:hover {\n  color: var(--accent);\n  text-decoration: underline;\n}',
    ],
  ],
});

const ruby = source({
  languageId: 'ruby',
  info: 'ruby',
  path: 'lib/cart.rb',
  indentation: '  ',
  text: `
require 'json'

class Cart
  attr_reader :items

  def initialize
    @items = []
  end

  def add(item)
    @items << item
  end

  def total
    sum = 0
    @items.each do |item|
      sum += item.price
    end
    sum
  end
end
`,
  edits: [
    ['Use sum', '    sum = 0', 5, '    @items.sum(&:price)'],
    ['Return the cart', '    @items << item', 1, '    @items << item\n    self'],
    ['Add a method that tells if it is empty', '  def total', 0, '  def empty?\n    @items.empty?\n  end\n'],
    ['Require time too', "require 'json'", 1, "require 'json'\nrequire 'time'"],
  ],
});

const csharp = source({
  languageId: 'csharp',
  info: 'csharp',
  path: 'Timer.cs',
  indentation: '    ',
  text: `
using System;

namespace Clock
{
    public class Timer
    {
        private int seconds;

        public void Tick()
        {
            seconds++;
        }

        public string Show()
        {
            return seconds.ToString();
        }
    }
}
`,
  edits: [
    [
      'Show minutes',
      '            return seconds.ToString();',
      1,
      '            return $"{seconds / 60}:{seconds % 60:00}";',
    ],
    [
      'Tick by a number of seconds',
      '        public void Tick()',
      4,
      '        public void Tick(int count = 1)\n        {\n            seconds += count;\n        }',
    ],
    [
      'Add a reset',
      '        public string Show()',
      0,
      '        public void Reset()\n        {\n            seconds = 0;\n        }\n',
    ],
    ['Start at ten', '        private int seconds;', 1, '        private int seconds = 10;'],
  ],
});

const json = source({
  languageId: 'json',
  info: 'json',
  path: 'package.json',
  indentation: '  ',
  text: `
{
  "name": "weather",
  "version": "1.0.0",
  "scripts": {
    "test": "node --test",
    "start": "node main.js"
  },
  "dependencies": {
    "undici": "^7.0.0"
  }
}
`,
  edits: [
    ['Raise the version', '  "version": "1.0.0",', 1, '  "version": "1.1.0",'],
    [
      'Add a lint script',
      '    "test": "node --test",',
      1,
      '    "test": "node --test",\n    "lint": "biome check",',
    ],
    ['Make it private', '  "scripts": {', 0, '  "private": true,'],
    ['Add zod', '    "undici": "^7.0.0"', 1, '    "undici": "^7.0.0",\n    "zod": "^4.0.0"'],
  ],
});

export const SOURCES: readonly SourceFile[] = [
  python,
  typescript,
  go,
  rust,
  c,
  java,
  yaml,
  markdown,
  html,
  sql,
  shell,
  makefile,
  css,
  ruby,
  csharp,
  json,
];
