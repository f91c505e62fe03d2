/** Every exit code of the program that no container decides. */
export const exitCodes = {
  ok: 0,
  /** The work failed: nothing on record, an agent that is away, an expected file that is missing. */
  failed: 1,
  /** A command line, request or setting is invalid. */
  invalid: 2,
  /** A policy, a missing or insufficient token or a full queue refuses it. */
  refused: 3,
  /** The container ran longer than its timeout, as with timeout(1); or `--timeout` ended the waiting. */
  timeout: 124,
  /** The container could not be run, as with docker(1). */
  notRun: 125,
  /** Canceled, also by Ctrl-C, as with every shell. */
  interrupted: 130,
} as const;
