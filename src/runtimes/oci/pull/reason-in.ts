/** The message of the last line that skopeo's log calls fatal, or else its last line. */
export function reasonIn(output: string): string {
  const fatal = [...output.matchAll(/level=fatal msg=("(?:[^"\\]|\\.)*")/g)].at(-1)?.[1];
  const line = fatal === undefined ? output.trim().split('\n').at(-1) : fatal.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  return (line ?? '').replace(/\.$/, '') || 'no reason was given';
}
