import type { DestinationStream } from 'pino';
import { PinoPretty } from 'pino-pretty';

export interface PrettyOptions {
  readonly colors: boolean;
  /** File descriptor. */
  readonly destination: number;
}

/** Lines of a log for people. */
export function prettyStream({ colors, destination }: PrettyOptions): DestinationStream {
  return PinoPretty({ colorize: colors, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l', destination });
}
