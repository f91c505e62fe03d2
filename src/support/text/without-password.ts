/** A URL without what logs in there. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/\s]*@/, '//…@');
}
