/** The images of a conversation that a model is given; of the others it is said why not. */
import { formatBytes } from '../base/format.ts';
import { asLocalized, type Localized, t } from '../base/l10n.ts';
import {
  type ChatMessage,
  type ImageContent,
  imageTypeOf,
  type ToolMessage,
  type UserMessage,
} from '../inference/index.ts';

/** Largest image that is sent, in bytes. */
export const MAX_IMAGE_BYTES = 10_000_000;
/** Bytes of all images of a request: each request sends them again. The latest ones have their place first. */
export const MAX_IMAGES_BYTES = 30_000_000;

/** A conversation with the images that its model is given. */
export interface SeenMessages {
  readonly messages: readonly ChatMessage[];
  /** Names of images that go to no model as they are, each with the reason, for people. */
  readonly dropped: readonly Localized[];
  /** A sentence about the images of a model that does not see. */
  readonly unseen?: Localized | undefined;
}

/**
 * Takes out the images that the model cannot be given. It is said when a question begins, and not again for each result
 * of a tool that follows it, of which only its own are said.
 * @param sees true if the model sees images.
 */
export function fitImages(messages: readonly ChatMessage[], sees: boolean): SeenMessages {
  const dropped: Localized[] = [];
  const unseen: Localized[] = [];
  let room = MAX_IMAGES_BYTES;
  const isSaid = newMessages(messages);
  const say = (names: Localized[], message: ChatMessage, name: Localized): void => {
    if (isSaid.has(message)) names.unshift(name);
  };
  const kept = (image: ImageContent, message: ChatMessage): ImageContent[] => {
    const { bytes } = image;
    const name = image.name === undefined ? t('an image') : asLocalized(image.name);
    const mediaType = imageTypeOf(bytes);
    if (!sees) say(unseen, message, name);
    else if (mediaType === undefined) say(dropped, message, otherFormat(name));
    else if (bytes.length > MAX_IMAGE_BYTES) say(dropped, message, tooLarge(name));
    else if (bytes.length > room) say(dropped, message, tooMuch(name));
    else {
      room -= bytes.length;
      return [{ mediaType, bytes }];
    }
    return [];
  };
  const seen = messages.toReversed().map((message) => {
    if ((message.role !== 'user' && message.role !== 'tool') || message.images === undefined) return message;
    const images = message.images.toReversed().flatMap((image) => kept(image, message));
    return withImages(message, images.reverse());
  });
  return {
    messages: seen.reverse(),
    dropped,
    unseen: unseen.length > 0 ? unseenText(unseen) : undefined,
  };
}

/**
 * The messages of whose images it is said why they are left out: the latest results, or else all, also if the answer is
 * begun already.
 */
function newMessages(messages: readonly ChatMessage[]): ReadonlySet<ChatMessage> {
  if (messages.at(-1)?.role !== 'tool') return new Set(messages);
  return new Set(messages.slice(messages.findLastIndex(({ role }) => role !== 'tool') + 1));
}

function withImages(
  { images: _, ...message }: UserMessage | ToolMessage,
  images: readonly ImageContent[],
): ChatMessage {
  return images.length === 0 ? message : { ...message, images };
}

/** An image that is larger than any model is sent, as a part that was left out. */
export function tooLarge(name: Localized): Localized {
  return t('{0}, which is larger than {1}', name, formatBytes(MAX_IMAGE_BYTES));
}

function otherFormat(name: Localized): Localized {
  return t('{0}, which is no PNG, JPEG, GIF or WebP image', name);
}

/** An image that more images than a request may have leave no room for, as a part that was left out. */
export function tooMuch(name: Localized): Localized {
  const size = formatBytes(MAX_IMAGES_BYTES);
  return t('{0}, because the images of this conversation take more than {1} together', name, size);
}

function unseenText(names: readonly Localized[]): Localized {
  return t(
    'This model does not see images, so it answers without {0}. Choose a model on a server that sees them, or describe them in words.',
    names.join(', '),
  );
}
