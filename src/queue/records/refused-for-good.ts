/** What Redis replies while it cannot write, or may not, but can once that is over or fixed. */
const passing =
  /\b(LOADING|READONLY|MASTERDOWN|OOM|BUSY|TRYAGAIN|CLUSTERDOWN|NOREPLICAS|MISCONF|NOAUTH|NOPERM|WRONGPASS)\b/;

/** Whether Redis refused a call for what is in it, so that the same call fails again. */
export function isRefusedForGood(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && !passing.test(error.message);
}
