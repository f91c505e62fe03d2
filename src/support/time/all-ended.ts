/** What all of them give, or the first failure once every one has ended: nothing goes on that nobody waits for. */
export async function allEnded<T extends readonly unknown[] | []>(
  all: T,
): Promise<{ -readonly [Each in keyof T]: Awaited<T[Each]> }> {
  await Promise.allSettled(all);
  return Promise.all(all);
}
