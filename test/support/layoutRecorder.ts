/** Between OCI image layouts on disk and registries, byte for byte: recorded artifacts are pushed as they were found. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MANIFEST_ACCEPT } from '../../src/oci/client/manifests.ts';
import { digestOf } from '../../src/oci/spec/digest.ts';
import { pushBlob } from './pushModel.ts';

interface Entry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** The fields of a manifest or an index that name other content. */
interface Body {
  readonly mediaType?: string;
  readonly config?: Entry;
  readonly layers?: readonly Entry[];
  readonly manifests?: readonly Entry[];
}

const REF_NAME = 'org.opencontainers.image.ref.name';

function blobFile(folder: string, digest: string): string {
  return join(folder, 'blobs', ...digest.split(':'));
}

async function get(url: string, accept?: string): Promise<{ bytes: Buffer; type: string }> {
  const response = await fetch(url, accept === undefined ? {} : { headers: { accept } });
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, 200, `${url}: ${response.status} ${bytes.toString('utf8', 0, 300)}`);
  return { bytes, type: response.headers.get('content-type') ?? '' };
}

async function keep(folder: string, bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  await mkdir(dirname(blobFile(folder, digest)), { recursive: true });
  await writeFile(blobFile(folder, digest), bytes);
  return digest;
}

/** Takes a manifest and all that it names over from a registry that speaks plain http. */
async function recordManifest(base: string, selector: string, folder: string): Promise<Entry> {
  const { bytes, type } = await get(`http://${base}/manifests/${selector}`, MANIFEST_ACCEPT);
  const digest = await keep(folder, bytes);
  const body = JSON.parse(bytes.toString('utf8')) as Body;
  for (const { digest: inner } of body.manifests ?? []) await recordManifest(base, inner, folder);
  for (const blob of [...(body.config === undefined ? [] : [body.config]), ...(body.layers ?? [])]) {
    const { bytes: content } = await get(`http://${base}/blobs/${blob.digest}`);
    assert.equal(await keep(folder, content), blob.digest);
  }
  return { mediaType: body.mediaType ?? type, digest, size: bytes.length };
}

/**
 * Writes what `name` is in a registry as a layout with one entry.
 * @param name `127.0.0.1:PORT/repository`
 */
export async function recordLayout(name: string, tag: string, folder: string): Promise<void> {
  const [host, ...path] = name.split('/');
  const entry = await recordManifest(`${host}/v2/${path.join('/')}`, tag, folder);
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}\n');
  const index = { schemaVersion: 2, manifests: [{ ...entry, annotations: { [REF_NAME]: tag } }] };
  await writeFile(join(folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
}

async function pushManifest(base: string, selector: string, entry: Entry, folder: string): Promise<void> {
  const bytes = await readFile(blobFile(folder, entry.digest));
  const body = JSON.parse(bytes.toString('utf8')) as Body;
  for (const inner of body.manifests ?? []) await pushManifest(base, inner.digest, inner, folder);
  for (const blob of [...(body.config === undefined ? [] : [body.config]), ...(body.layers ?? [])]) {
    await pushBlob(`http://${base}`, blob.digest, { path: blobFile(folder, blob.digest) });
  }
  const response = await fetch(`http://${base}/manifests/${selector}`, {
    method: 'PUT',
    headers: { 'content-type': entry.mediaType },
    body: new Uint8Array(bytes),
  });
  assert.equal(response.status, 201, `${selector}: ${await response.text()}`);
}

/** Pushes a layout's only entry as it is. @param name `127.0.0.1:PORT/repository` */
export async function pushLayout(folder: string, name: string, tag: string): Promise<void> {
  const [host, ...path] = name.split('/');
  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as { manifests: Entry[] };
  const [entry] = index.manifests;
  assert.ok(entry, `${folder} has an entry`);
  await pushManifest(`${host}/v2/${path.join('/')}`, tag, entry, folder);
}
