/** The context that the rows of the Local Models view share. */
import type { KnownUpdates, MeasuredUse, Session } from '../../../session/index.ts';
import type { PullQueue } from '../../pullQueue.ts';
import type { Machine } from '../../window/machine.ts';

export interface LocalRows {
  readonly models: Session;
  readonly machine: Machine;
  /** Asked for the speed of models; without it, their tooltips say what is expected. */
  readonly use?: Pick<MeasuredUse, 'of'> | undefined;
  /** The pulls that wait. Defaults to none. */
  readonly queue?: Pick<PullQueue, 'waiting'> | undefined;
  /** Asked for newer versions of models. Defaults to none. */
  readonly updates?: Pick<KnownUpdates, 'of'> | undefined;
}
