/** A path of this agent, such as `/ui/new`, as the browser reaches it: behind a proxy it can be below another path. */
export function addressOf(path: string): string {
  return `${document.documentElement.dataset.base ?? ''}${path}`;
}
