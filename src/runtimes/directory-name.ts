/** A deployment's name as that of a directory, unlike any that begins with a dot. */
export function directoryName(deployment: string): string {
  return encodeURIComponent(deployment).replaceAll('.', '%2E');
}
