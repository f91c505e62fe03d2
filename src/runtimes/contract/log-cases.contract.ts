import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import {
  type Check,
  follow,
  inSandbox,
  never,
  outputFiles,
  type RuntimeBench,
  readLogs,
  run,
  startContainer,
  textOf,
  untilLogged,
} from './bench.contract.ts';

const MiB = 1024 * 1024;
const floodLines = 20 * 1024;
const floodLine = 1024;
// What sockets and streams on the way may hold; a fifth of the flood.
const heldBytes = 4 * MiB;

export function logCases(check: Check): void {
  check('output comes while the container runs', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, { script: 'echo first; exec sleep 60' });
      expect(textOf(await untilLogged(container, 'first'))).toBe('first\n');
      await container.stop(0);
    });
  });

  check('logs from a position go on where they stopped', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, {
        script:
          'for i in 1 2 3; do echo $i; done; sleep 0.3; for i in 4 5 6; do echo $i; echo e$i >&2; done; printf end',
      });
      const before = await untilLogged(container, '3\n');
      const after = await readLogs(container, before.at(-1)?.position);
      expect(textOf([...before, ...after], 'stdout')).toBe('1\n2\n3\n4\n5\n6\nend');
      expect(textOf([...before, ...after], 'stderr')).toBe('e4\ne5\ne6\n');
    });
  });

  check('logs go on from every position, also after the end', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, {
        script: 'for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.02; done',
      });
      const { chunks, stdout } = await follow(container);
      for (const [index, { position }] of chunks.entries()) {
        const rest = await readLogs(container, position);
        expect(textOf(chunks.slice(0, index + 1)) + textOf(rest)).toBe(stdout);
      }
    });
  });

  check('a reader that was cut off in the middle of a long line loses and repeats nothing', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, { script: 'seq 1 60000 | tr "\\n" ,' });
      const whole = textOf(await readLogs(container));
      let text = '';
      let from: string | undefined;
      for (;;) {
        const next = await firstChunk(bench, container, from);
        if (next === undefined) break;
        text += textOf([next]);
        from = next.position;
      }
      expect(text.length).toBe(whole.length);
      expect(text === whole).toBe(true);
    });
  });

  check('long lines: keep their line feed, also when the agent goes on from the middle', async (bench) => {
    const lengths = [16_383, 16_384, 16_385, 32_768, 65_536, 10, 20_000];
    const line = (length: number) => `head -c ${length} /dev/zero | tr '\\0' x; echo`;
    const written = lengths.map(line).join('; ');
    const expected = `${lengths.map((length) => `${'x'.repeat(length)}\n`).join('')}end`;
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const script = `${written}; printf end; { ${written}; printf end; } >&2`;
      const container = await startContainer(bench, sandbox, { script });
      const { chunks, stdout, stderr } = await follow(container);
      for (const text of [stdout, stderr]) {
        expect(text.length).toBe(expected.length);
        expect(text === expected).toBe(true);
      }
      const middle = Math.floor(chunks.length / 2);
      const rest = await readLogs(container, chunks[middle]?.position);
      expect(textOf([...chunks.slice(0, middle + 1), ...rest], 'stdout') === expected).toBe(true);
    });
  });

  check('bytes arrive as they were written, text or not', async (bench) => {
    const { chunks, collected } = await run(bench, {
      script: `dd if=/dev/urandom of=/workspace/output/bytes bs=1000 count=100 2>/dev/null; cat /workspace/output/bytes`,
      outputs: [outputFiles('bytes')],
    });
    const written = Buffer.from(collected.files[0]?.content ?? '', 'base64');
    expect(written.length).toBe(100_000);
    const read = Buffer.concat(chunks.map((chunk) => chunk.data));
    expect(createHash('sha256').update(read).digest('hex')).toBe(createHash('sha256').update(written).digest('hex'));
  });

  check('a long line of letters beyond ASCII stays whole', async (bench) => {
    const { stdout } = await run(bench, { script: "yes '€' | head -n 30000 | tr -d '\\n'" });
    expect(stdout === '€'.repeat(30_000)).toBe(true);
  });

  check('a flood of 20 MB is streamed: a slow reader holds little of it, and all of it arrives', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, {
        script: `seq 1 ${floodLines} | while read i; do printf '%0${floodLine - 1}d\\n' $i; done`,
      });
      const reader = container.logs({ signal: never })[Symbol.asyncIterator]();
      const first = await reader.next();
      const held = heldNow();
      await container.wait(never);
      expect(heldNow() - held).toBeLessThan(heldBytes);

      const lines = createLineCounter();
      for (let next = first; !next.done; next = await reader.next()) lines.add(next.value.data);
      expect(lines.bytes()).toBe(floodLines * floodLine);
      expect(lines.inOrder()).toBe(true);
    });
  });

  check('logs end when the container ended, though a child of it still holds the output', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, { script: 'sleep 60 & echo done' });
      expect((await follow(container)).stdout).toBe('done\n');
    });
  });

  for (const user of ['0', '1000'])
    check(
      `output: streams that user ${user} opens again, cuts and seeks in keep all that was written`,
      async (bench) => {
        const rewrite = (stream: string) =>
          [
            'echo first',
            `echo second > ${stream}`,
            `truncate -s 0 ${stream} 2>/dev/null`,
            `echo third | dd of=${stream} bs=1 conv=notrunc 2>/dev/null`,
            `echo fourth >> ${stream}`,
          ].join('\n');
        // The streams of the shell itself: a program whose messages are not wanted has another stderr.
        const script = `${rewrite('/dev/stdout')}\nexec >&2\n${rewrite('/proc/$$/fd/2')}`;
        const { exit, chunks } = await run(bench, { user, script });
        expect(exit.code).toBe(0);
        const all = 'first\nsecond\nthird\nfourth\n';
        expect([textOf(chunks, 'stdout'), textOf(chunks, 'stderr')]).toEqual([all, all]);
      },
    );

  check('an aborted reader rejects with the reason', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const container = await startContainer(bench, sandbox, { script: 'echo ready; exec sleep 60' });
      const abort = new AbortController();
      const reason = new Error('enough');
      const read = (async () => {
        for await (const _ of container.logs({ signal: abort.signal })) abort.abort(reason);
      })();
      await expect(read).rejects.toBe(reason);
      await container.stop(0);
    });
  });
}

async function firstChunk(_bench: RuntimeBench, container: Parameters<typeof readLogs>[0], from: string | undefined) {
  for await (const chunk of container.logs(from === undefined ? { signal: never } : { signal: never, from }))
    return chunk;
  return undefined;
}

function heldNow(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Checks numbered lines of one length without keeping them. */
function createLineCounter() {
  let bytes = 0;
  let expected = 1;
  let ordered = true;
  let rest = Buffer.alloc(0);
  return {
    add(data: Uint8Array): void {
      bytes += data.length;
      rest = Buffer.concat([rest, data]);
      while (rest.length >= floodLine) {
        if (Number(rest.subarray(0, floodLine).toString('latin1')) !== expected) ordered = false;
        expected += 1;
        rest = rest.subarray(floodLine);
      }
    },
    bytes: () => bytes,
    inOrder: () => ordered,
  };
}
