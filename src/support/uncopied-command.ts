import { Writable } from 'node:stream';
import { Command } from 'ioredis';
import type { AnyRedis } from './any-redis.ts';

// A shorter one is copied sooner than it is written apart.
const longBytes = 64 * 1024;

/**
 * Sends a command whose long buffers are written to the connection as they are. By itself the client copies all arguments into
 * one buffer in one go, which takes long for megabytes.
 * @returns its reply, texts as strings
 */
export function sendUncopied(
  redis: AnyRedis,
  name: string,
  args: readonly (string | number | Buffer)[],
): Promise<unknown> {
  const command = new UncopiedCommand(name, [...args], { replyEncoding: 'utf8' });
  redis.sendCommand(command);
  return command.promise;
}

class UncopiedCommand extends Command {
  /** Writes all but the end of the command, which is for the caller to write. */
  override toWritable(connection: object): string | Buffer {
    const isLong = this.args.some((argument) => Buffer.isBuffer(argument) && argument.length >= longBytes);
    if (!isLong || !(connection instanceof Writable)) return super.toWritable(connection);
    let unwritten = `*${this.args.length + 1}\r\n${bulkOf(this.name)}`;
    for (const argument of this.args) {
      if (Buffer.isBuffer(argument)) {
        connection.write(`${unwritten}$${argument.length}\r\n`);
        connection.write(argument);
        unwritten = '\r\n';
      } else unwritten += bulkOf(String(argument));
    }
    return unwritten;
  }
}

function bulkOf(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
