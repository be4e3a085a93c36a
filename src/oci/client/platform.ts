/** The choice of one manifest of an index (OCI image-spec, image-index.md). */
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { printable } from '../http/answerErrors.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { shortDigest } from '../spec/digest.ts';
import type { ImageIndex } from '../spec/manifest.ts';

/** A platform in Go's terms, as in indexes. */
export interface Platform {
  /** `linux`, `darwin`, `windows`. */
  readonly os: string;
  /** `amd64`, `arm64`. */
  readonly architecture: string;
}

const OS_NAMES: Readonly<Record<string, string>> = { win32: 'windows' };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** Returns the platform of this machine. */
export function thisPlatform(): Platform {
  const { platform, arch } = process;
  return { os: OS_NAMES[platform] ?? platform, architecture: ARCHITECTURES[arch] ?? arch };
}

/** Artifact types of entries that describe another entry and are not models. */
const ABOUT_OTHERS = /in-toto|sigstore|cosign|spdx|cyclonedx|notary|attestation/i;

/** Tells whether an entry is an attestation, which BuildKit adds as a manifest of the platform unknown/unknown. */
function isAttestation({ annotations, artifactType }: Descriptor): boolean {
  return (
    annotations?.['vnd.docker.reference.type'] !== undefined ||
    (artifactType !== undefined && ABOUT_OTHERS.test(artifactType))
  );
}

/** Docker's first manifests, which registries no longer serve (distribution, schema 1). */
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/;

/** One of several manifests from which the user must choose. */
export interface ManifestChoice {
  readonly digest: string;
  /** The name that distinguishes it for people: a title, a platform or the beginning of its digest. */
  readonly label: string;
  /** The publisher's other annotations, on one line; may be empty. */
  readonly detail: string;
}

/**
 * The error of a reference that names several manifests without saying which one is meant. The reference with the
 * digest of one of {@link ManifestChoiceError.choices} does.
 */
export class ManifestChoiceError extends ModelError {
  readonly choices: readonly ManifestChoice[];

  constructor(message: Localized, choices: readonly ManifestChoice[]) {
    super('unsupported-artifact', message);
    this.choices = choices;
  }
}

/** Annotations whose values name an entry, the best one first. */
const TITLES = [
  'org.opencontainers.image.title',
  'org.opencontainers.image.ref.name',
  'org.opencontainers.image.version',
] as const;
/** Limits of the choices: those in a message, and those to choose from. */
const MAX_SHOWN = 8;
const MAX_CHOICES = 500;

function platformText({ platform }: Descriptor): string | undefined {
  if (platform === undefined || platform.os === 'unknown') return undefined;
  return [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}

function choiceOf(descriptor: Descriptor): ManifestChoice {
  const { digest, annotations = {}, artifactType } = descriptor;
  const title = TITLES.map((key) => annotations[key]).find((value) => value !== undefined && value !== '');
  const platform = platformText(descriptor);
  const others = Object.entries(annotations).filter(([key]) => !TITLES.some((known) => known === key));
  const details = [
    title === undefined ? undefined : platform,
    artifactType,
    ...others.slice(0, 4).map(([key, value]) => `${key.slice(key.lastIndexOf('.') + 1)}: ${value}`),
  ];
  return {
    digest,
    label: printable(title ?? platform ?? shortDigest(digest)),
    detail: printable(details.filter((text) => text !== undefined).join(' · ')),
  };
}

/** @param message takes the digests to choose from, as one text. */
function choiceError(
  name: string,
  manifests: readonly Descriptor[],
  message: (digests: string) => Localized,
): ModelError {
  if (manifests.length === 0) {
    const message = t('{0} is an index without a model. Check the name and the tag.', name);
    return new ModelError('unsupported-artifact', message);
  }
  const choices = manifests.slice(0, MAX_CHOICES).map(choiceOf);
  const shown = choices.slice(0, MAX_SHOWN).map(({ label, digest }) => {
    return label === shortDigest(digest) ? digest : `${label} ${digest}`;
  });
  const more = choices.length > MAX_SHOWN ? ['…'] : [];
  return new ManifestChoiceError(message([...shown, ...more].join(', ')), choices);
}

/** Returns the error of an index within an index. One level is followed, and the user chooses among the rest. */
export function nestedIndexError(inner: ImageIndex, name: string): ModelError {
  const manifests = inner.manifests.filter((manifest) => !isAttestation(manifest));
  return choiceError(name, manifests, (digests) =>
    t('{0} is an index of indexes. Add @ and the digest of one of them: {1}.', name, digests),
  );
}

function withPlatform(manifests: readonly Descriptor[], { os, architecture }: Platform): Descriptor[] {
  return manifests.filter(({ platform }) => platform?.os === os && platform.architecture === architecture);
}

/**
 * Chooses the manifest of an index. In this order: the one for `platform`; the one for Linux with the same processor,
 * since images are made for containers and contain the same model everywhere; the only one. If several for one platform
 * differ in their compression, the first is chosen.
 * @param name the reference, for the error.
 * @throws ManifestChoiceError if the user must choose; ModelError `unsupported-artifact` if there is none.
 */
export function chooseManifest(index: ImageIndex, platform: Platform, name: string): Descriptor {
  const entries = index.manifests.filter((manifest) => !isAttestation(manifest));
  const choices = entries.filter(({ mediaType }) => !SCHEMA_1.test(mediaType));
  if (entries.length > 0 && choices.length === 0) {
    const message = t(
      '{0} only has manifests in Docker’s withdrawn schema 1, which no model uses. Choose another tag or repository.',
      name,
    );
    throw new ModelError('unsupported-artifact', message);
  }
  const own = withPlatform(choices, platform);
  const fitting = own.length > 0 ? own : withPlatform(choices, { ...platform, os: 'linux' });
  const [first] = fitting;
  // If all variants have the same platform, only their titles distinguish them.
  if (first !== undefined && !areVariants(fitting)) return first;
  const [only, another] = choices;
  if (only !== undefined && another === undefined) return only;
  const hasPlatforms = first === undefined && choices.every((choice) => platformText(choice) !== undefined);
  const count = choices.length;
  throw choiceError(name, choices, (digests) =>
    hasPlatforms
      ? t(
          '{0} contains {1} models, none for {2}. Add @ and the digest of one of them: {3}.',
          name,
          count,
          `${platform.os}/${platform.architecture}`,
          digests,
        )
      : t('{0} contains {1} models. Add @ and the digest of one of them: {2}.', name, count, digests),
  );
}

/** Tells whether the publisher gave each manifest a title of its own. */
function areVariants(manifests: readonly Descriptor[]): boolean {
  const titles = new Set(manifests.map(({ annotations }) => annotations?.[TITLES[0]]));
  return manifests.length > 1 && titles.size === manifests.length && !titles.has(undefined);
}
