import { createHash } from 'node:crypto';
import { pipeline, type Readable, Transform } from 'node:stream';
import { ExecError } from '../support/exec-error.ts';

/** The same bytes; the stream fails at its end, with INPUT_NOT_FOUND, when they are not those of the checksum. */
export function checkSha256(body: Readable, expected: string): Readable {
  const hash = createHash('sha256');
  const checked = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      const found = hash.digest('hex');
      done(found === expected.toLowerCase() ? null : different(found, expected));
    },
  });
  // The reader of the stream gets its error.
  return pipeline(body, checked, () => undefined);
}

function different(found: string, expected: string): ExecError {
  return new ExecError(
    'INPUT_NOT_FOUND',
    `its content has the SHA-256 checksum ${found}, not ${expected}. Correct the checksum, or restore the content that it belongs to.`,
  );
}
