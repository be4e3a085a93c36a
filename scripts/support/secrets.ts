/** Looks through everything that a test run logged and printed for the secrets that its tests planted. */
import { readFile } from 'node:fs/promises';

/** What the tests use as passwords, tokens and signatures; each as it is and as it goes over the wire. */
const PLANTED = [
  'planted-secret',
  'planted-Passw0rd/+',
  'planted-cdn-secret',
  's3cret:with colon',
  'upstream-secret',
  'mirror-secret',
];

const BASIC = [
  'puller:planted-Passw0rd/+',
  'tester:s3cret:with colon',
  'up:upstream-secret',
  'mi:mirror-secret',
];

/** A query of a signed address, an Authorization header, a token in JSON form (RFC 7519, section 3). */
const PATTERNS = [
  /[?&](?:md5|signature|x-amz-signature|sig)=/i,
  /authorization: *\S/i,
  /\beyJ[\w-]{10,}\.eyJ/,
];

/** What was found, with some text around; empty where all is well. @param texts what was printed. */
export async function findSecrets(logFile: string, texts: readonly string[]): Promise<string[]> {
  const log = await readFile(logFile, 'utf8').catch(() => '');
  const found: string[] = [];
  const needles = [...PLANTED, ...BASIC.map((login) => Buffer.from(login).toString('base64'))];
  for (const text of [log, ...texts]) {
    for (const line of text.split('\n')) {
      const bad = needles.some((needle) => line.includes(needle)) || PATTERNS.some((one) => one.test(line));
      if (bad) found.push(line.slice(0, 300));
    }
  }
  return found;
}

/** Lines that the file has, for the report. */
export async function countLines(logFile: string): Promise<number> {
  return (await readFile(logFile, 'utf8').catch(() => '')).split('\n').length - 1;
}
