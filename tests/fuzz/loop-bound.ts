/** The event loop of an agent may stand still for so long, in milliseconds. */
export const loopBoundMs = 200;

/** For so long its thread may work between two turns for one input, in milliseconds of processor time. */
export const loopWorkBoundMs = 50;
