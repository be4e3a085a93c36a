/** Streams an answer, with links to the places that it names. */
import * as vscode from 'vscode';
import { type AnswerPart, PlaceLinks } from '../../assist/index.ts';
import { labelOf } from './gather/chatPiece.ts';
import type { Gathered } from './gather/gather.ts';

/** The places that the model read and may name. */
function placesOf({ pieces, images, subject }: Gathered): Map<string, vscode.Uri> {
  const places = pieces.map(({ place }) => (place instanceof vscode.Location ? place.uri : place));
  const all = [...places, ...images.map(({ place }) => place), subject?.document.uri].filter(
    (uri) => uri !== undefined,
  );
  return new Map(all.map((uri) => [labelOf(uri), uri]));
}

/** The text of one answer. */
export class AnswerLinks {
  readonly #stream: Pick<vscode.ChatResponseStream, 'markdown' | 'anchor'>;
  readonly #places: ReadonlyMap<string, vscode.Uri>;
  readonly #links: PlaceLinks;

  constructor(stream: Pick<vscode.ChatResponseStream, 'markdown' | 'anchor'>, gathered: Gathered) {
    this.#stream = stream;
    this.#places = placesOf(gathered);
    this.#links = new PlaceLinks(this.#places.keys());
  }

  push(text: string): void {
    this.#show(this.#links.push(text));
  }

  /** Shows the rest, and closes a block of code that was cut off: what we say behind it is no code. */
  end(): void {
    this.#show(this.#links.end());
    const { openFence } = this.#links;
    if (openFence !== '') this.#stream.markdown(`\n${openFence}`);
  }

  /** Opens the block of code that the answer before ended in. */
  resume(before: string): void {
    const links = new PlaceLinks([]);
    links.push(before);
    links.end();
    // The links must know it as well.
    if (links.openFence !== '') this.push(`${links.openFence}\n`);
  }

  #show(parts: readonly AnswerPart[]): void {
    for (const part of parts) {
      const uri = typeof part === 'string' ? undefined : this.#places.get(part.name);
      if (typeof part === 'string') this.#stream.markdown(part);
      else if (uri !== undefined) this.#stream.anchor(placeIn(uri, part.line), part.text);
    }
  }
}

function placeIn(uri: vscode.Uri, line: number | undefined): vscode.Uri | vscode.Location {
  return line === undefined || line < 1
    ? uri
    : new vscode.Location(uri, new vscode.Range(line - 1, 0, line - 1, 0));
}
