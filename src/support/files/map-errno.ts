import { errnoOf } from '../exec-error.ts';

/** What the work gives, or what one of the named system errors stands for: `{ ENOENT: false }`. Any other is thrown. */
export async function mapErrno<T>(work: Promise<T>, errors: Readonly<Record<string, T>>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const errno = errnoOf(error);
    const found = Object.entries(errors).find(([name]) => name === errno);
    if (found === undefined) throw error;
    return found[1];
  }
}
