/** The event loop of an agent may stand still for so long, in milliseconds. */
export const loopBoundMs = 200;
