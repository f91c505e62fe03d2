import type { TakeBytes } from '../../workspace/pour.ts';

/** Gathers bytes to pieces, of which one is filled while the other is taken. */
export interface PieceBuffers {
  /** Copies bytes, at most as many as there is room for; false: no more before `ready`. */
  add(bytes: Uint8Array): boolean;
  /** Waits until there is room. @throws what whoever takes the pieces throws */
  ready(): Promise<void>;
  /** Has the rest taken and waits for that. @throws what whoever takes the pieces throws */
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
    // Whoever waits for room, or for the end, is told.
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
