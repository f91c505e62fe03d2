/** What was written into a workspace. */
export interface StageReport {
  readonly files: number;
  readonly bytes: number;
  readonly warnings: readonly string[];
}
