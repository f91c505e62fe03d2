import { expect } from 'vitest';
import { createMask } from '../../support/text/mask.ts';
import type { Input, Output } from '../../wire/plan/plan.ts';
import {
  type Check,
  follow,
  inputFile,
  inSandbox,
  never,
  outputFiles,
  run,
  startContainer,
  textOf,
  untilLogged,
} from './bench.contract.ts';

const MiB = 1024 * 1024;

export function dataCases(check: Check): void {
  check('inputs are there, with their mode, and cannot be changed', async (bench) => {
    const { stdout, stderr, exit } = await run(bench, {
      inputs: [
        inputFile('/workspace/input/data.txt', 'héllo\n'),
        inputFile('/workspace/input/sub/dir/run.sh', '#!/bin/sh\necho ran\n', 0o755),
      ],
      script: 'cd /workspace/input; cat data.txt; ./sub/dir/run.sh; echo x >> data.txt || rm data.txt || touch new',
    });
    expect(stdout).toBe('héllo\nran\n');
    expect(exit.code).not.toBe(0);
    expect(stderr.match(/Read-only file system/g)?.length).toBe(3);
  });

  check('inputs in a read-write volume: can be changed, moved and removed by any user', async (bench) => {
    const { stdout, stderr, exit } = await run(bench, {
      box: {
        volumes: [
          { path: '/workspace/input', access: 'read-write' },
          { path: '/workspace/config', access: 'read-only' },
          { path: '/workspace/output', access: 'read-write' },
        ],
      },
      inputs: [
        writableFile('/workspace/input/data.txt', 'one\n'),
        writableFile('/workspace/input/sub/old.txt', 'old\n'),
        writableFile('/workspace/input/gone.txt', 'gone\n'),
      ],
      script: `cd /workspace/input && echo two >> data.txt && mv sub/old.txt new.txt && rm gone.txt && echo made > sub/made
        cat data.txt new.txt sub/made; ls`,
      user: '1234:5678',
    });
    expect({ stdout, stderr, code: exit.code }).toEqual({
      stdout: 'one\ntwo\nold\nmade\ndata.txt\nnew.txt\nsub\n',
      stderr: '',
      code: 0,
    });
  });

  check('links: one to a file inside is collected as that file where the output says so', async (bench) => {
    const { collected } = await run(bench, {
      outputs: [outputFiles('dir/', { links: 'inside' }), outputFiles('latest', { links: 'inside' })],
      script: `cd /workspace/output; mkdir -p dir/sub; echo one > dir/sub/one; ln -s sub/one dir/same
        ln -s /workspace/output/dir/same latest; ln -s /etc/passwd dir/out; ln -s ../../input/x dir/up; ln -s /etc dir/etc`,
    });
    expect(collected.files.map(({ name, content }) => ({ name, content }))).toEqual([
      { name: 'dir/same', content: 'one\n' },
      { name: 'dir/sub/one', content: 'one\n' },
      { name: 'latest', content: 'one\n' },
    ]);
    expect(collected.failures).toEqual([]);
    expect(collected.warnings.join()).toMatch(/dir\/etc \(symbolic link\), dir\/out \(.*\), dir\/up/);
  });

  check('the configuration is there and cannot be changed', async (bench) => {
    const { stdout, stderr } = await run(bench, {
      inputs: [inputFile('/workspace/config/config.json', '{"a":1}')],
      script: 'cat /workspace/config/config.json; echo x > /workspace/config/config.json',
    });
    expect(stdout).toBe('{"a":1}');
    expect(stderr).toContain('Read-only file system');
  });

  check('a user that is not root can read the inputs', async (bench) => {
    const { stdout } = await run(bench, {
      inputs: [inputFile('/workspace/input/a/b.txt', 'readable')],
      command: ['cat', '/workspace/input/a/b.txt'],
      user: '1234:5678',
    });
    expect(stdout).toBe('readable');
  });

  check('the output is collected', async (bench) => {
    const { collected } = await run(bench, {
      outputs: [outputFiles('**')],
      script: 'cd /workspace/output; mkdir -p a; echo one > a/one.txt; printf two > two.txt',
    });
    const files = collected.files.map(({ name, content, path, size }) => ({ name, content, path, size }));
    expect(files.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: 'a/one.txt', path: '/workspace/output/a/one.txt', content: 'one\n', size: 4 },
      { name: 'two.txt', path: '/workspace/output/two.txt', content: 'two', size: 3 },
    ]);
  });

  check('unasked files: are named and counted, also where nothing is asked for', async (bench) => {
    const script = 'cd /workspace/output; mkdir -p a; echo one > a/one.txt; printf two > two.txt; mkfifo fifo; exit 3';
    const rest: Output = { kind: 'rest', origin: 'output', root: '/workspace/output' };
    for (const asked of [[], [outputFiles('two.txt')]]) {
      const { collected } = await run(bench, { outputs: [...asked, rest], script });
      expect(collected).toMatchObject({ total: { files: 2, bytes: 7 }, failures: [], missing: [] });
      const named = asked.length === 0 ? 'a/one.txt (4 B), two.txt (3 B)' : 'a/one.txt (4 B)';
      expect(collected.warnings.join()).toContain(`the request does not ask for it: ${named}.`);
      expect(collected.warnings.join()).toContain('fifo');
    }
  });

  check('the output of a command that failed is collected, and again the same', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      await follow(await startContainer(bench, sandbox, { script: 'echo part > /workspace/output/part; exit 1' }));
      const first = await sandbox.collect([outputFiles('part')], never);
      expect(first.files).toMatchObject([{ name: 'part', content: 'part\n' }]);
      expect(await sandbox.collect([outputFiles('part')], never)).toEqual(first);
    });
  });

  check('collect: keeps to the room that the response has, and hides secrets', async (bench) => {
    await inSandbox(bench.runtime, {}, async (sandbox) => {
      const script = 'cd /workspace/output; head -c 3000 /dev/zero | tr "\\0" a > a; cp a b; echo 48213377 > 0';
      await follow(await startContainer(bench, sandbox, { script }));
      const mask = createMask([Buffer.from('48213377')]);
      const { files } = await sandbox.collect([outputFiles('*')], never, { roomBytes: 5000, mask });
      const kept = files.map(({ name, content, truncated }) => ({ name, bytes: content?.length, truncated }));
      expect(kept).toEqual([
        { name: '0', bytes: 4, truncated: false },
        { name: 'a', bytes: 3000, truncated: false },
        { name: 'b', bytes: undefined, truncated: true },
      ]);
    });
  });

  check('an output that was not written is missing', async (bench) => {
    const { collected } = await run(bench, { script: 'true', outputs: [outputFiles('result.json')] });
    expect(collected).toMatchObject({ files: [], missing: ['result.json'] });
  });

  check('a user that is not root can write the output', async (bench) => {
    const { exit, collected } = await run(bench, {
      outputs: [outputFiles('mine')],
      script: 'umask 077; echo mine > /workspace/output/mine',
      user: '1234:5678',
    });
    expect(exit.code).toBe(0);
    expect(collected.files).toMatchObject([{ name: 'mine', content: 'mine\n' }]);
  });

  for (const place of ['/tmp', '/workspace']) {
    check(`${place} can be written and executed from, by anyone, up to its size`, async (bench) => {
      const { exit, stdout, stderr } = await run(bench, {
        box: { resources: { scratchBytes: 8 * MiB } },
        script: `cd ${place} && printf '#!/bin/sh\\necho ran\\n' > tool && chmod +x tool && ./tool
          dd if=/dev/zero of=big bs=1M count=32; stat -c %s big`,
        user: '1234:5678',
      });
      expect(exit.code).toBe(0);
      expect(stderr).toContain('No space left on device');
      const [ran, size] = stdout.split('\n');
      expect(ran).toBe('ran');
      expect(Number(size)).toBeLessThanOrEqual(8 * MiB);
      expect(Number(size)).toBeGreaterThan(6 * MiB);
    });
  }

  check('the root filesystem can be written, and is thrown away', async (bench) => {
    expect((await run(bench, { script: 'echo x > /left-behind && cat /left-behind' })).stdout).toBe('x\n');
    expect((await run(bench, { script: 'cat /left-behind' })).exit.code).toBe(1);
  });

  check('what is written to the root filesystem is bounded, or can be measured while it is', async (bench) => {
    await inSandbox(bench.runtime, { resources: { scratchBytes: 4 * MiB } }, async (sandbox) => {
      const script = 'dd if=/dev/zero of=/big bs=1M count=8 2>&1; echo written; exec sleep 60';
      const container = await startContainer(bench, sandbox, { script });
      const log = textOf(await untilLogged(container, 'written'));
      if (container.layer === undefined) expect(log).toContain('No space left');
      else
        expect((await container.layer({ bytes: 16 * MiB, files: 1000 }, never)).bytes).toBeGreaterThanOrEqual(8 * MiB);
      await container.stop(0);
    });
  });

  check('a read-only root filesystem can be asked for; scratch and output stay writable', async (bench) => {
    const { stderr, exit } = await run(bench, {
      readOnlyRoot: true,
      script: 'echo x > /tmp/a && echo x > /workspace/a && echo x > /workspace/output/a && ! echo x > /root-file',
    });
    expect(stderr).toContain('Read-only file system');
    expect(exit.code).toBe(0);
  });
}

function writableFile(path: string, content: string): Input {
  return { ...inputFile(path, content), writable: true };
}
