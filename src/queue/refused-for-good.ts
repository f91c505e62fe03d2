/** What Redis says while it cannot write now, but will be able to later. */
const passing = /\b(LOADING|READONLY|MASTERDOWN|OOM|BUSY|TRYAGAIN|CLUSTERDOWN|NOREPLICAS|MISCONF|NOAUTH)\b/;

/** Whether Redis refused a call for what is in it, so that the same call fails again. */
export function isRefusedForGood(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError' && !passing.test(error.message);
}
