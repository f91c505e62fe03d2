/** What the program ends with when no container decides it. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** A command line, request or configuration that is not valid. */
  invalid: 2,
  /** `run`: the container ran longer than its timeout, as with timeout(1). */
  timeout: 124,
  /** `run`: the container could not be run, as with docker(1). */
  notRun: 125,
  /** Ended by Ctrl-C, as with every shell. */
  interrupted: 130,
} as const;
