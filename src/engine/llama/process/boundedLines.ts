/** Splits a process's output into lines, in bounded memory even if a line never ends. */

import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Calls `onLine` for each line without its line break, cut to `maxCharacters`. */
export function onLines(stream: Readable, maxCharacters: number, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let line = '';
  const add = (text: string): void => {
    if (line.length < maxCharacters) line += text.slice(0, maxCharacters - line.length);
  };
  const finish = (): void => {
    const whole = line;
    line = '';
    onLine(whole);
  };
  stream.on('data', (piece: Buffer) => {
    const parts = decoder.write(piece).split(/\r\n|\r|\n/);
    parts.forEach((part, index) => {
      if (index > 0) finish();
      add(part);
    });
  });
  stream.on('end', () => {
    if (line !== '') finish();
  });
}
