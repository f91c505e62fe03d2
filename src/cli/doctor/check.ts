/** One thing that was looked at. */
export interface Check {
  readonly section: string;
  readonly name: string;
  /** `off`: not there and not needed; `warn`: works, with a drawback; `bad`: something does not work. */
  readonly state: 'ok' | 'off' | 'warn' | 'bad';
  /** What was found, or what is wrong. */
  readonly detail: string;
  /** What to do about it. */
  readonly cure?: string;
}

export interface Diagnosis {
  /** Whether a container can run here. */
  readonly canRun: boolean;
  readonly checks: readonly Check[];
}
