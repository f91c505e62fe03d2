import { malformed, type Problem, problem } from '../../problem.ts';
import { readFields, splitHead } from './read-fields.ts';

/** What stands before the body of a request. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly http10: boolean;
  /**
   * Lower-case name, line as it came with its CRLF, name, line, …: what may be passed on. Nothing that concerns only
   * this connection.
   */
  readonly fields: readonly string[];
  /** Length of the body in bytes (0: there is none), or `chunked`. */
  readonly body: number | 'chunked';
  readonly keepAlive: boolean;
  readonly expectsContinue: boolean;
}

// Narrower than the standard where servers have disagreed about what a request means: no folded lines, no bare line
// feeds, no spaces before a colon, one space between the parts of the request line.
const requestLine = /^([A-Z]{1,20}) ([\x21-\x7e]+) HTTP\/1\.([01])$/;
const contentLength = /^\d{1,15}$/;
const hostValue = /^[A-Za-z0-9.:_\-[\]]*$/;

/** What concerns this connection, or is said anew on the next one. */
const ownFields: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'host',
  'connection',
  'expect',
  'upgrade',
  'keep-alive',
  'te',
  'trailer',
  'http2-settings',
]);

/**
 * @param text the head in latin1, up to and with the line end of its last line
 */
export function parseRequestHead(text: string, maxLines: number): RequestHead | Problem {
  const { line: first, block } = splitHead(text);
  const line = requestLine.exec(first);
  if (line === null) return malformed('The request line is not of the form "METHOD /path HTTP/1.1".');
  if (block === undefined) return malformed('A header line is not of the form "Name: value".');
  const [, method = '', target = ''] = line;
  const http10 = line[3] === '0';
  const fields: string[] = [];
  const named: string[] = [];
  let length: number | undefined;
  let chunked = false;
  let host: string | undefined;
  let keepAlive = !http10;
  let expectsContinue = false;
  let lines = 0;
  const countLine = () => (++lines > maxLines ? tooLarge(`There are more than ${maxLines} header lines.`) : undefined);
  const takeOther = (name: string, whole: string) => {
    // Some servers read an underscore as a hyphen, so such a name could pass for one that was taken out.
    if (!name.includes('_') && !name.startsWith('proxy-')) fields.push(name, whole);
    return countLine();
  };
  const takeOwn = (name: string, value: string): Problem | undefined => {
    switch (name) {
      case 'content-length':
        if (length !== undefined) return malformed('There is more than one Content-Length header.');
        if (!contentLength.test(value)) return malformed('The Content-Length header is not a number.');
        length = Number(value);
        break;
      case 'transfer-encoding':
        if (chunked || value.toLowerCase() !== 'chunked')
          return malformed('Of all transfer encodings "chunked" alone is understood, once.');
        chunked = true;
        break;
      case 'host':
        if (host !== undefined) return malformed('There is more than one Host header.');
        if (!hostValue.test(value)) return malformed('The Host header is not a host.');
        host = value;
        break;
      case 'connection':
        for (const part of value.toLowerCase().split(',')) {
          const token = part.trim();
          if (token === 'close') keepAlive = false;
          else if (token !== 'keep-alive' && token !== '') named.push(token);
        }
        break;
      case 'expect':
        if (value.toLowerCase() !== '100-continue')
          return problem(417, 'EXPECTATION_FAILED', 'Of all expectations "100-continue" alone is met.');
        expectsContinue = true;
        break;
      case 'upgrade': {
        const wanted = JSON.stringify(value);
        // Clients that offer HTTP/2 go on with HTTP/1.1 when nobody takes up the offer.
        if (value.toLowerCase() !== 'h2c')
          return malformed(`The connection stays HTTP/1.1: an upgrade to ${wanted} is not possible here.`);
      }
    }
    return countLine();
  };
  const refusal = readFields(block, ownFields, takeOwn, takeOther);
  if (refusal !== undefined) return refusal;
  if (host === undefined && !http10) return malformed('There is no Host header.');
  if (chunked && length !== undefined) return malformed('There is a Content-Length beside a Transfer-Encoding.');
  if (chunked && http10) return malformed('HTTP/1.0 has no transfer encodings.');
  return {
    method,
    target,
    http10,
    fields: named.length === 0 ? fields : without(fields, named),
    body: chunked ? 'chunked' : (length ?? 0),
    keepAlive,
    expectsContinue,
  };
}

/** `Connection: X-Thing` says that X-Thing concerns this connection alone. */
function without(fields: readonly string[], names: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [name = '', value = ''] = [fields[index], fields[index + 1]];
    if (!names.includes(name)) kept.push(name, value);
  }
  return kept;
}

export function tooLarge(error: string): Problem {
  return problem(431, 'HEADERS_TOO_LARGE', error);
}
