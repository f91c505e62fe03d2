import { readFields, splitHead } from './read-fields.ts';

/** What stands before the body of an upstream's answer. */
export interface ResponseHead {
  readonly status: number;
  /** Lower-case name, line as it came with its CRLF, name, line, …, without those that concern only its connection. */
  readonly fields: readonly string[];
  /** Length of the body in bytes, `chunked`, or `until-close`. */
  readonly body: number | 'chunked' | 'until-close';
  readonly keepAlive: boolean;
  /** How long the upstream says that it keeps the connection, in milliseconds. */
  readonly keepAliveMs: number | undefined;
}

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const contentLength = /^\d{1,15}$/;
const keepAliveHint = /timeout=(\d{1,6})/;

const ownFields: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'proxy-authenticate',
  'proxy-connection',
]);

/**
 * @param text the head in latin1, up to and with the line end of its last line
 * @returns undefined for what is no HTTP/1 answer with one clear length
 */
export function parseResponseHead(text: string, toHead: boolean): ResponseHead | undefined {
  const { line: first, block } = splitHead(text);
  const line = statusLine.exec(first);
  if (line === null || block === undefined) return undefined;
  const status = Number(line[2]);
  const fields: string[] = [];
  let length: number | undefined;
  let chunked = false;
  let keepAlive = line[1] === '1';
  let keepAliveMs: number | undefined;
  const takeOwn = (name: string, value: string): 'unclear' | undefined => {
    switch (name) {
      case 'content-length': {
        if (!contentLength.test(value) || (length !== undefined && length !== Number(value))) return 'unclear';
        length = Number(value);
        break;
      }
      case 'transfer-encoding':
        if (chunked || value.toLowerCase() !== 'chunked') return 'unclear';
        chunked = true;
        break;
      case 'connection':
        keepAlive = value.toLowerCase() === 'keep-alive' || (keepAlive && value.toLowerCase() !== 'close');
        break;
      case 'keep-alive': {
        const seconds = keepAliveHint.exec(value)?.[1];
        if (seconds !== undefined) keepAliveMs = Number(seconds) * 1000;
        break;
      }
    }
    return undefined;
  };
  const takeOther = (name: string, whole: string) => void fields.push(name, whole);
  if (readFields(block, ownFields, takeOwn, takeOther) !== undefined) return undefined;
  if (chunked && length !== undefined) return undefined;
  const empty = toHead || status === 204 || status === 304 || status < 200;
  // The length in an answer to HEAD is that of the body a GET would bring.
  if (toHead && length !== undefined) fields.push('content-length', `content-length: ${length}\r\n`);
  const body = empty ? 0 : chunked ? 'chunked' : (length ?? 'until-close');
  return { status, fields, body, keepAlive: keepAlive && body !== 'until-close', keepAliveMs };
}
