/** Random numbers and bytes that are the same in each run, so that a failure can be repeated. */
import { createCipheriv } from 'node:crypto';
import { SEED } from './seed.ts';

/** Numbers from 0 up to 1, by the seed (Mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * A source of bytes that do not compress, by the seed: the key stream of AES-128 in counter mode.
 * @param seed an integer of at most 32 bits.
 */
export function bytesFrom(seed: number): (length: number) => Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed >>> 0);
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  return (length) => stream.update(Buffer.alloc(length));
}

/** Bytes that differ from call to call within a process, and never from run to run. @param length bytes. */
export const randomBytes = bytesFrom(SEED);
