/** A user or group as it is written: a number, which is always an id, or a name of the image. */
export type WrittenId = number | string;

export interface WrittenUser {
  readonly user: WrittenId;
  /** Undefined: the user's own group and its supplementary groups. */
  readonly group: WrittenId | undefined;
}

const number = /^[+-]?\d+$/;

/**
 * Parses `user`, `user:group`, `:group` (user root) and the empty text (root) like runc and Docker do. Digits, with or
 * without a sign, are always an id, even if the image has a user of that name. Text after a second colon is ignored.
 */
export function parseUser(text: string): WrittenUser {
  const [user = '', group = ''] = text.split(':');
  return { user: user === '' ? 0 : idOf(user), group: group === '' ? undefined : idOf(group) };
}

function idOf(text: string): WrittenId {
  // Adding 0 turns -0 into 0.
  return number.test(text) ? Number(text) + 0 : text;
}
