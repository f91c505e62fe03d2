import { type Problem, problem } from '../../problem.ts';

export interface Target {
  /** The first part of the path. */
  readonly service: string;
  /** The rest of the path: empty, or beginning with a slash. */
  readonly path: string;
  /** Empty, or beginning with a question mark. */
  readonly query: string;
}

const plain =
  /^\/([A-Za-z0-9_-]+)((?:\/[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9_~!$&'()*+,=:@.-]*)*\/?)(\?[\x21\x22\x24-\x7e]*)?$/;
const pathCharacters = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/;
const wrongPercent = /%(?![0-9A-Fa-f]{2})/;
// A dot, a slash, a backslash, a control character; a letter or digit, which nobody has to encode; and a percent sign
// that begins another escape.
const hiding = /%(?:2[ef]|5c|[01][0-9a-f]|7f|3\d|[46][1-9a-f]|[57][0-9a]|25[0-9a-f]{2})/i;
const dots = /^\.{1,2}(?:;|$)/;

/**
 * Takes a request target apart. What could mean another path to the next server is refused, not normalised: dots,
 * doubled or encoded slashes, backslashes, NUL, escapes of escapes, a whole URL.
 */
export function parseTarget(target: string): Target | Problem {
  const match = plain.exec(target);
  if (match !== null) {
    const [, service = '', path = '', query = ''] = match;
    return { service, path, query };
  }
  return parseUnusual(target);
}

function parseUnusual(target: string): Target | Problem {
  if (!target.startsWith('/')) return badPath('is not a path; it has to begin with a slash');
  const mark = target.indexOf('?');
  const whole = mark < 0 ? target : target.slice(0, mark);
  const query = mark < 0 ? '' : target.slice(mark);
  if (target.includes('#')) return badPath('holds a fragment (#)');
  if (!pathCharacters.test(whole)) return badPath('holds a character that has to be percent-encoded');
  if (whole.includes('//')) return badPath('holds an empty part (//)');
  if (wrongPercent.test(whole)) return badPath('holds a percent sign that begins no escape');
  if (hiding.test(whole))
    return badPath(
      'hides what nobody has to encode, or what would be another path: a dot, a slash, a backslash, a letter, a control character',
    );
  const [service = '', ...parts] = whole.slice(1).split('/');
  if (service.includes('%')) return badPath('has an escape in the name of the service');
  if ([service, ...parts].some((part) => dots.test(part))) return badPath('holds a part that is "." or ".."');
  return { service, path: parts.length === 0 ? '' : `/${parts.join('/')}`, query };
}

function badPath(what: string): Problem {
  return problem(400, 'BAD_PATH', `The path of the request ${what}.`);
}
