import { Writable } from 'node:stream';
import type { DestinationStream } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { printableWithColors } from '../support/text/printable.ts';

export interface PrettyOptions {
  readonly colors: boolean;
  readonly destination: NodeJS.WritableStream;
}

/** Lines of a log for people. What containers and requests wrote is in them, so control characters are escaped. */
export function prettyStream({ colors, destination }: PrettyOptions): DestinationStream {
  const escaping = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      destination.write(printableWithColors(String(chunk)));
      done();
    },
  });
  return PinoPretty({
    colorize: colors,
    ignore: 'pid,hostname',
    translateTime: 'SYS:HH:MM:ss.l',
    destination: escaping,
  });
}
