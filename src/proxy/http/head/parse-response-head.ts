import { areFieldLines, trimSpaces } from './field-lines.ts';

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
  const lineEnd = text.indexOf('\r\n');
  const line = statusLine.exec(text.slice(0, lineEnd));
  if (line === null) return undefined;
  const status = Number(line[2]);
  const block = text.slice(lineEnd + 2);
  if (!areFieldLines(block)) return undefined;
  const fields: string[] = [];
  let length: number | undefined;
  let chunked = false;
  let keepAlive = line[1] === '1';
  let keepAliveMs: number | undefined;
  for (let start = 0; start < block.length; ) {
    const colon = block.indexOf(':', start);
    const end = block.indexOf('\r\n', colon);
    const name = block.slice(start, colon).toLowerCase();
    const from = start;
    start = end + 2;
    if (!ownFields.has(name)) {
      fields.push(name, block.slice(from, start));
      continue;
    }
    const value = trimSpaces(block, colon + 1, end);
    switch (name) {
      case 'content-length': {
        if (!contentLength.test(value) || (length !== undefined && length !== Number(value))) return undefined;
        length = Number(value);
        break;
      }
      case 'transfer-encoding':
        if (chunked || value.toLowerCase() !== 'chunked') return undefined;
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
  }
  if (chunked && length !== undefined) return undefined;
  const empty = toHead || status === 204 || status === 304 || status < 200;
  // The length in an answer to HEAD is that of the body a GET would bring.
  if (toHead && length !== undefined) fields.push('content-length', `content-length: ${length}\r\n`);
  const body = empty ? 0 : chunked ? 'chunked' : (length ?? 'until-close');
  return { status, fields, body, keepAlive: keepAlive && body !== 'until-close', keepAliveMs };
}
