import { ExecError } from '../support/exec-error.ts';

const alphabet = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * The bytes of an inline file. Base64 may be wrapped in lines.
 * @throws ExecError INVALID_REQUEST
 */
export function decodeContent(text: string, encoding: 'utf8' | 'base64'): Buffer {
  if (encoding === 'utf8') return Buffer.from(text);
  const joined = text.replaceAll(/[ \t\r\n]/g, '');
  // Buffer.from takes anything and drops what it does not understand.
  if (!alphabet.test(joined) || joined.length % 4 !== 0)
    throw new ExecError(
      'INVALID_REQUEST',
      'the content is not valid base64. Encode it with the standard alphabet and padding, or send text with the encoding "utf8".',
    );
  return Buffer.from(joined, 'base64');
}
