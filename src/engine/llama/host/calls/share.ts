/** Opens this process for other windows. */
import { shareCall } from '../../calls/share.ts';
import { reasonOf } from '../hostError.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

export function shareHandler(state: HostState): Handler {
  return handle(shareCall, async (door) => {
    try {
      return { door: (await state.openDoor(door)) ? 'open' : 'taken' };
    } catch (error) {
      state.log.write('warn', `Other windows cannot use this process: ${reasonOf(error)}`);
      return { door: 'failed' };
    }
  });
}
