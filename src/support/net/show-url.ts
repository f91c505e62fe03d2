const longestShown = 200;

/** A URL for messages and logs: without user, password, query and fragment, where secrets stand. */
export function showUrl({ protocol, host, pathname }: URL): string {
  const text = `${protocol}//${host}${pathname}`;
  return text.length <= longestShown ? text : `${text.slice(0, longestShown)}…`;
}
