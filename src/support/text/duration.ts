/** 5234 → `5.2s`, the form of `duration` and `execution_time` in an answer. */
export function formatSeconds(milliseconds: number): string {
  return `${(Math.max(0, milliseconds) / 1000).toFixed(1)}s`;
}
