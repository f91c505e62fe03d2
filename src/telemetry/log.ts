import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger };

export interface LogOptions {
  readonly level: string;
  /** For people at a terminal; JSON lines otherwise. */
  readonly pretty: boolean;
  readonly colors?: boolean;
  readonly destination: NodeJS.WritableStream & { readonly fd: number };
}

/** The program's own log. It goes to stderr: stdout belongs to answers. */
export async function createLogger(options: LogOptions): Promise<Logger> {
  const stream: DestinationStream = options.pretty
    ? (await import('pino-pretty')).PinoPretty({
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
