import type { Responder } from '../gateway.ts';
import { tesPartNames } from './part-names.ts';

/** Clients ask for their tasks: nothing is sent when one ends. */
export const tesResponder: Responder = {
  partNames: tesPartNames,
  announce: async () => undefined,
  announceUnreadable: () => undefined,
};
