/** Takes the chunks of a body apart. */
export interface ChunkDecoder {
  /**
   * @returns how many bytes belong to the body (all, until it ends), or undefined when they are no chunks
   */
  decode(bytes: Buffer, onData: (data: Buffer) => void): number | undefined;
  readonly done: boolean;
}

const [CR, LF, SEMICOLON] = [13, 10, 59];
const maxSizeDigits = 8;
const maxSkipped = 16 * 1024;

type Place =
  | 'size'
  | 'extension'
  | 'size-end'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'last'
  | 'last-lf'
  | 'trailer'
  | 'done';

/**
 * @param lenient also takes extensions and trailers, and drops them; a request with these is one that two servers may
 * read in two ways
 */
export function createChunkDecoder({ lenient }: { readonly lenient: boolean }): ChunkDecoder {
  let place: Place = 'size';
  let size = 0;
  let digits = 0;
  let skipped = 0;

  function step(byte: number): boolean {
    switch (place) {
      case 'size': {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          size = size * 16 + digit;
          return ++digits <= maxSizeDigits;
        }
        place = byte === CR ? 'size-end' : 'extension';
        return digits > 0 && (byte === CR || (lenient && byte === SEMICOLON));
      }
      case 'extension':
        if (byte === CR) place = 'size-end';
        return byte !== LF && ++skipped <= maxSkipped;
      case 'size-end':
        place = size === 0 ? 'last' : 'data';
        digits = 0;
        return byte === LF;
      case 'data-cr':
        place = 'data-lf';
        return byte === CR;
      case 'data-lf':
        place = 'size';
        return byte === LF;
      case 'last':
        place = byte === CR ? 'last-lf' : 'trailer';
        return byte === CR || lenient;
      case 'trailer':
        if (byte === LF) place = 'last';
        return ++skipped <= maxSkipped;
      case 'last-lf':
        place = 'done';
        return byte === LF;
      default:
        return false;
    }
  }

  return {
    get done() {
      return place === 'done';
    },
    decode(bytes, onData) {
      let at = 0;
      while (at < bytes.length && place !== 'done') {
        if (place === 'data') {
          const end = Math.min(bytes.length, at + size);
          size -= end - at;
          if (size === 0) place = 'data-cr';
          onData(bytes.subarray(at, end));
          at = end;
        } else if (!step(bytes[at++] ?? 0)) return undefined;
      }
      return at;
    },
  };
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
