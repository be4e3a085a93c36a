/** The context that the rows of the Local Models view share. */
import type { Session } from '../../../session/index.ts';
import type { Machine } from '../../window/machine.ts';

export interface LocalRows {
  readonly models: Session;
  readonly machine: Machine;
}
