import type { TakeBytes } from '../../../workspace/pour.ts';

/** Gathers bytes to pieces, of which one is filled while the other is taken. */
export interface PieceBuffers {
  /** Copies at most `room` bytes. Returns false when the buffer is full; call `ready` before adding more. */
  add(bytes: Uint8Array): boolean;
  /** Waits until there is room. @throws the error of `take` */
  ready(): Promise<void>;
  /** Passes the rest to `take` and waits for it. @throws the error of `take` */
  end(): Promise<void>;
}

export interface PieceOptions {
  /** Bytes of one piece at most. */
  readonly bytes: number;
  /** The most bytes that are added at once. */
  readonly room: number;
  readonly take: TakeBytes;
}

export function createPieceBuffers({ bytes, room, take }: PieceOptions): PieceBuffers {
  let [filling, taken] = [Buffer.allocUnsafeSlow(bytes), Buffer.allocUnsafeSlow(bytes)];
  let length = 0;
  let taking: Promise<void> | undefined;
  let turn: Promise<void> | undefined;

  function handOver(): void {
    taking = take(filling.subarray(0, length)).then(() => {
      taking = undefined;
    });
    // `ready` and `end` report the error.
    taking.catch(() => undefined);
    [filling, taken, length] = [taken, filling, 0];
  }

  function takeTurn(before: Promise<void>): void {
    turn = before.then(() => {
      turn = undefined;
      handOver();
    });
    turn.catch(() => undefined);
  }

  return {
    add(more) {
      filling.set(more, length);
      length += more.length;
      if (length + room <= bytes) return true;
      if (taking === undefined) handOver();
      else takeTurn(taking);
      return turn === undefined;
    },
    async ready() {
      await turn;
    },
    async end() {
      await turn;
      await taking;
      if (length > 0) handOver();
      await taking;
    },
  };
}
