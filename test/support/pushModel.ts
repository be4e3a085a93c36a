/** Pushes a built artifact to a registry: blobs first, the manifest last (distribution-spec, "Push"). */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { BuiltModel } from './dockerModel.ts';

/** What goes with each request. */
export interface PushOptions {
  readonly username?: string;
  readonly password?: string;
}

type Content = { readonly bytes: Buffer } | { readonly path: string };

function authorization({ username, password }: PushOptions): Record<string, string> {
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
}

async function expectStatus(response: Response, wanted: number, what: string): Promise<void> {
  const text = await response.text();
  if (response.status !== wanted) throw new Error(`${what}: ${response.status} ${text}`);
}

/** Pushes a blob. @param base such as `http://127.0.0.1:PORT/v2/repository` */
export async function pushBlob(
  base: string,
  digest: string,
  content: Content,
  headers: Record<string, string> = {},
): Promise<void> {
  const started = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers });
  await expectStatus(started, 202, 'starting an upload');
  const location = new URL(started.headers.get('location') ?? '', base);
  location.searchParams.set('digest', digest);
  const isFile = 'path' in content;
  const length = isFile ? (await stat(content.path)).size : content.bytes.length;
  const body = isFile ? Readable.toWeb(createReadStream(content.path)) : new Uint8Array(content.bytes);
  const response = await fetch(location, {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/octet-stream', 'content-length': String(length) },
    body,
    duplex: 'half',
  } as RequestInit);
  await expectStatus(response, 201, `uploading ${digest}`);
}

/**
 * Pushes `model` as `host/repository:tag`, over plain http.
 * @param host `127.0.0.1:PORT`
 */
export async function pushModel(
  host: string,
  repository: string,
  tag: string,
  model: BuiltModel,
  options: PushOptions = {},
): Promise<void> {
  const base = `http://${host}/v2/${repository}`;
  const headers = authorization(options);
  await pushBlob(base, model.configDescriptor.digest, { bytes: model.config }, headers);
  for (const { descriptor, path } of model.layers) await pushBlob(base, descriptor.digest, { path }, headers);
  const response = await fetch(`${base}/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...headers, 'content-type': model.manifestDescriptor.mediaType },
    body: new Uint8Array(model.manifest),
  });
  await expectStatus(response, 201, `pushing the manifest of ${repository}:${tag}`);
}
