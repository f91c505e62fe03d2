import { userInfo } from 'node:os';

/** The name of the user of this process, or its number where the system has no name for it, as in many containers. */
export function userName(read: () => { readonly username: string } = userInfo): string {
  try {
    return read().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
