import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { PinoPretty } from 'pino-pretty';

export type { Logger };

export interface LogOptions {
  readonly level: string;
  /** For people at a terminal; JSON lines otherwise. */
  readonly pretty: boolean;
  readonly colors?: boolean;
  readonly destination: NodeJS.WritableStream & { readonly fd: number };
}

/** The program's own log. It goes to stderr: stdout belongs to answers. */
export function createLogger(options: LogOptions): Logger {
  const stream: DestinationStream = options.pretty
    ? PinoPretty({
        colorize: options.colors ?? true,
        ignore: 'pid,hostname',
        translateTime: 'SYS:HH:MM:ss.l',
        destination: options.destination.fd,
      })
    : pino.destination({ fd: options.destination.fd, sync: false });
  return pino({ level: options.level, timestamp: stdTimeFunctions.isoTime, base: null }, stream);
}

export function createSilentLogger(): Logger {
  return pino({ level: 'silent' });
}
