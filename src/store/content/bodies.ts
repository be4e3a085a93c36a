/** `bodies.json` of an ingest: where in a layer the bodies of its files lie; see layerFiles.ts. */
import { join } from 'node:path';
import { z } from 'zod';
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

/** The file itself. */
export const BODIES_FILE = jsonFile(schema, ['{"digest":"'], 64 * 1024);

/** Tells whether each of the bodies begins where the one before it has ended, or later. */
function areInOrder({ size, bodies }: z.infer<typeof schema>): boolean {
  const bounds = [0, ...bodies.flat(), size];
  return bounds.every((bound, index) => bound >= (bounds[index - 1] ?? 0));
}

/** Where in a layer the bodies lie, as an earlier try found. Returns undefined if there was none. */
export async function readBodies(layout: Layout, digest: string): Promise<readonly ByteRange[] | undefined> {
  const found = await readSmall(join(layout.ingest(digest), BODIES), BODIES_FILE);
  if (found?.digest !== digest || !areInOrder(found)) return undefined;
  return found.bodies.map(([start, end]) => ({ start, end }));
}

/** What {@link readBodies} reads. @param size of the layer, bytes. */
export function bodiesText(digest: string, size: number, bodies: readonly ByteRange[]): string {
  return `${JSON.stringify({ digest, size, bodies: bodies.map(({ start, end }) => [start, end]) })}\n`;
}
