/** Reads and writes `bodies.json` of an ingest, the positions of files in a layer; see layerFiles.ts. */
import { join } from 'node:path';
import * as z from 'zod';
import { digestSchema } from '../../oci/spec/descriptor.ts';
import type { ByteRange } from '../disk/byteRanges.ts';
import type { Layout } from '../disk/layout.ts';
import { jsonFile, readSmall } from '../disk/smallFile.ts';

export const BODIES = 'bodies.json';

const position = z.int().nonnegative();
const schema = z.object({
  digest: digestSchema,
  size: position,
  bodies: z.array(z.tuple([position, position])),
});

/** The kind of small file that {@link BODIES} is. */
export const BODIES_FILE = jsonFile(schema, ['{"digest":"'], 64 * 1024);

/** Tells whether no body begins before the previous one has ended. */
function areInOrder({ size, bodies }: z.infer<typeof schema>): boolean {
  const bounds = [0, ...bodies.flat(), size];
  return bounds.every((bound, index) => bound >= (bounds[index - 1] ?? 0));
}

/** Reads the positions of the bodies that an earlier try found in a layer. Returns undefined if there was none. */
export async function readBodies(layout: Layout, digest: string): Promise<readonly ByteRange[] | undefined> {
  const found = await readSmall(join(layout.ingest(digest), BODIES), BODIES_FILE);
  if (found?.digest !== digest || !areInOrder(found)) return undefined;
  return found.bodies.map(([start, end]) => ({ start, end }));
}

/** Returns the text that {@link readBodies} reads. @param size of the layer, bytes. */
export function bodiesText(digest: string, size: number, bodies: readonly ByteRange[]): string {
  return `${JSON.stringify({ digest, size, bodies: bodies.map(({ start, end }) => [start, end]) })}\n`;
}
