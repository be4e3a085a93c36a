/** The images of a message, of the roles that have any. */
import type { ChatMessage } from './chat.ts';
import type { ImageContent } from './image.ts';

/** Returns the images of a message. */
export function imagesOf(message: ChatMessage): readonly ImageContent[] {
  return message.role === 'user' || message.role === 'tool' ? (message.images ?? []) : [];
}
