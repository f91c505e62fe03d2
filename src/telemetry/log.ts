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
  const stream = options.pretty
    ? await openPretty(options)
    : pino.destination({ fd: options.destination.fd, sync: false });
  return pino({ level: options.level, timestamp: stdTimeFunctions.isoTime, base: null }, stream);
}

export function createSilentLogger(): Logger {
  return pino({ level: 'silent' });
}

/** Few have a terminal: what it takes is loaded then. */
async function openPretty({ colors = true, destination }: LogOptions): Promise<DestinationStream> {
  const { prettyStream } = await import('./pretty-log.ts');
  return prettyStream({ colors, destination });
}
