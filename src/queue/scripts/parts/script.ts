import { createHash } from 'node:crypto';
import type { AnyRedis } from '../../../support/any-redis.ts';
import { sendUncopied } from '../../../support/uncopied-command.ts';

/** A Lua script that Redis runs as one step. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export function defineScript(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

export type ScriptArgument = string | number | Buffer;

export async function runScript(
  redis: AnyRedis,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
  const rest = [keys.length, ...keys, ...args];
  try {
    return await sendUncopied(redis, 'evalsha', [sha, ...rest]);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return sendUncopied(redis, 'eval', [lua, ...rest]);
  }
}

/** The same; each text of the reply comes as its bytes. */
export async function runScriptForBytes(
  redis: AnyRedis,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
  try {
    return await redis.callBuffer('EVALSHA', sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!isUnknownScript(error)) throw error;
    return redis.callBuffer('EVAL', lua, keys.length, ...keys, ...args);
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
