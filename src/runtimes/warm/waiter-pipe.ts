import type { FileHandle } from 'node:fs/promises';
import { errnoOf } from '../../support/exec-error.ts';
import { delay } from '../../support/time/deadline.ts';
import { type Command, go, waiterMessage } from './waiter-message.ts';

/** Leads to a waiter. */
export interface WaiterPipe {
  /** Sends it what to run; it does not begin yet. False: it does not wait any more, or cannot be reached. */
  tell(command: Command): Promise<boolean>;
  /** Begins what was sent to it, once. False: certainly not. */
  launch(): Promise<boolean>;
  /** Closes the pipe; a waiter that was not launched ends by that. Safe to repeat. */
  release(): Promise<void>;
}

const roomPauseMs = 1;
const roomPauses = 1000;

/** @param pipe writable, and never waited for */
export function createWaiterPipe(pipe: FileHandle): WaiterPipe {
  let isOpen = true;

  const release = async () => {
    if (!isOpen) return;
    isOpen = false;
    await pipe.close();
  };

  return {
    async tell(command) {
      const message = waiterMessage(command);
      return message !== undefined && isOpen && writeWhole(pipe, message);
    },

    async launch() {
      if (!isOpen) return false;
      const begun = await writeWhole(pipe, go);
      await release();
      return begun;
    },

    release,
  };
}

/** False when nobody reads it (any more). */
async function writeWhole(pipe: FileHandle, bytes: Buffer): Promise<boolean> {
  let written = 0;
  for (let pauses = 0; written < bytes.length && pauses < roomPauses; ) {
    try {
      written += (await pipe.write(bytes, written)).bytesWritten;
    } catch (error) {
      if (errnoOf(error) === 'EPIPE') return false;
      if (errnoOf(error) !== 'EAGAIN') throw error;
      pauses += 1;
      await delay(roomPauseMs);
    }
  }
  return written === bytes.length;
}
