/** A comparison of an argument of a system call, as the OCI runtime specification writes it. */
interface SeccompArgument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number | undefined;
  readonly op: string;
}

/** What happens to some system calls; with arguments, where all of them compare so. */
export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly SeccompArgument[];
}
