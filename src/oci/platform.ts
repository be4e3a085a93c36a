/** Choosing one manifest of an index (OCI image-spec, image-index.md). */
import { ModelError } from '../base/error.ts';
import type { Descriptor } from './descriptor.ts';
import { printable } from './failure.ts';
import type { ImageIndex } from './manifest.ts';

/** A platform in Go's words, as indexes have them. */
export interface Platform {
  /** `linux`, `darwin`, `windows`. */
  readonly os: string;
  /** `amd64`, `arm64`. */
  readonly architecture: string;
}

const OS_NAMES: Readonly<Record<string, string>> = { win32: 'windows' };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** The platform of this machine. */
export function thisPlatform(): Platform {
  const { platform, arch } = process;
  return { os: OS_NAMES[platform] ?? platform, architecture: ARCHITECTURES[arch] ?? arch };
}

/** BuildKit puts attestations into an index as manifests of the platform unknown/unknown. */
function isAttestation({ annotations }: Descriptor): boolean {
  return annotations?.['vnd.docker.reference.type'] !== undefined;
}

function describe({ platform, annotations, digest }: Descriptor): string {
  const title =
    annotations?.['org.opencontainers.image.title'] ?? annotations?.['org.opencontainers.image.ref.name'];
  const os = platform === undefined ? undefined : `${platform.os}/${platform.architecture}`;
  return printable([title ?? os, digest].filter(Boolean).join(' '));
}

/**
 * The manifest for `platform`, or the only one there is when none is for it.
 * @param name the reference, for the error.
 * @throws ModelError `unsupported-artifact`, which lists what there is to choose from.
 */
export function chooseManifest(index: ImageIndex, platform: Platform, name: string): Descriptor {
  const choices = index.manifests.filter((manifest) => !isAttestation(manifest));
  const fitting = choices.find(
    (choice) => choice.platform?.os === platform.os && choice.platform.architecture === platform.architecture,
  );
  if (fitting !== undefined) return fitting;
  const [only, another] = choices;
  if (only !== undefined && another === undefined) return only;
  const message =
    only === undefined
      ? `${name} is an index without a model in it. Check the name and the tag.`
      : `${name} names ${choices.length} models and none is for ${platform.os}/${platform.architecture}. ` +
        `Add @ and the digest of one of them: ${choices.slice(0, 8).map(describe).join(', ')}.`;
  throw new ModelError('unsupported-artifact', message);
}
