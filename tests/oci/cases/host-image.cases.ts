import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OciBench, openOciBench } from '../open-bench.ts';
import { never, runStep } from '../run-step.ts';

/** The image name `host`. */
export function describeHostImage(): void {
  describe('the host image', () => {
    let bench: OciBench;
    beforeAll(async () => {
      bench = await openOciBench();
    });
    afterAll(() => bench.close());

    test.skipIf(!existsSync('/usr/bin/python3'))('Python of this machine runs in it', async () => {
      const code =
        'import json, ssl, sys, threading; t = threading.Thread(target=print, args=("hi",)); t.start(); t.join()';
      const { exit, stdout, stderr } = await runStep(bench.runtime, 'host', {
        command: ['/usr/bin/python3', '-c', code],
      });
      expect({ code: exit.code, stdout, stderr }).toEqual({ code: 0, stdout: 'hi\n', stderr: '' });
    });

    test.skipIf(!existsSync('/usr/bin/node'))('Node.js of this machine runs in it', async () => {
      const command = ['/usr/bin/node', '-e', 'console.log(1 + 1)'];
      expect(await runStep(bench.runtime, 'host', { command })).toMatchObject({ exit: { code: 0 }, stdout: '2\n' });
    });

    test("it shows nothing of this machine's users, secrets and files", async () => {
      const script =
        'ls /etc /root /home /var/lib 2>/dev/null; cat /etc/shadow /etc/ssh/* /etc/machine-id; cut -d: -f1 /etc/passwd; touch /usr/x';
      const { stdout, stderr } = await runStep(bench.runtime, 'host', { command: ['sh', '-c', script] });
      const allowed =
        /^(\/\S*:|alternatives|group|hostname|hosts|ld\.so\.cache|localtime|nsswitch\.conf|passwd|pki|resolv\.conf|ssl|root|nobody|)$/;
      expect(stdout.split('\n').filter((line) => !allowed.test(line))).toEqual([]);
      expect(stderr).toMatch(/shadow.*No such file/);
      expect(stderr).toMatch(/Read-only file system/);
    });

    test('its digest is the same each time', async () => {
      const ensure = () => bench.runtime.images.ensure('host', { pull: 'missing', signal: never });
      const first = await ensure();
      expect(first.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(await ensure()).toEqual(first);
    });

    test('where it is not allowed, "host" is an image like any other', async () => {
      const runtime = await bench.open({ allowHostImage: false });
      expect(runtime.capabilities.hostImage).toBe(false);
      await expect(runtime.images.ensure('host', { pull: 'never', signal: never })).rejects.toMatchObject({
        code: 'IMAGE_NOT_FOUND',
      });
    });

    test.skipIf(!existsSync('/usr/bin/perl'))('sockets of the usual families alone can be opened', async () => {
      const script = `
for my $family (0..63) {
  my $opened = socket(my $one, $family, 2, 0);
  my $error = $opened ? 0 : $! + 0;
  my $paired = socketpair(my $a, my $b, $family, 2, 0);
  print "$family $error ", ($paired ? 0 : $! + 0), "\n";
}`;
      const { stdout } = await runStep(bench.runtime, 'host', { command: ['/usr/bin/perl', '-e', script] });
      const lines = stdout.trim().split('\n');
      expect(lines).toHaveLength(64);
      const [unix, inet, inet6, netlink, packet] = [1, 2, 10, 16, 17];
      const usual = new Map([
        [unix, '0 0'],
        [inet, '0 95'],
        [inet6, '0 95'],
        [netlink, '0 95'],
        // The kernel asks for a capability.
        [packet, '1 95'],
      ]);
      expect(lines).toEqual(lines.map((_, family) => `${family} ${usual.get(family) ?? '97 95'}`));
    });

    test.skipIf(!existsSync('/usr/bin/python3'))(
      'system calls that would open a way out are refused, as Docker refuses them',
      async () => {
        const code = `
import ctypes, platform, sys
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
x86 = platform.machine() == 'x86_64'
calls = {
  'unshare': (libc.unshare, CLONE_NEWUSER),
  'setns': (libc.setns, 0, 0),
  'mount': (libc.mount, b'x', b'/tmp', b'tmpfs', 0, None),
  'keyctl': (libc.syscall, 250 if x86 else 219, 0, -1, 0),
  'add_key': (libc.syscall, 248 if x86 else 217, b'user', b'x', b'y', 1, -1),
  'bpf': (libc.syscall, 321 if x86 else 280, 0, None, 0),
  'perf_event_open': (libc.syscall, 298 if x86 else 241, None, 0, 0, 0, 0),
  'userfaultfd': (libc.syscall, 323 if x86 else 282, 0),
  'clone': (libc.syscall, 56 if x86 else 220, CLONE_NEWUSER | 17, None, None, None, None),
  'clone3': (libc.syscall, 435, None, 0),
}
for name, (call, *args) in calls.items():
  print(name, call(*args), ctypes.get_errno())
`;
        const { stdout, exit } = await runStep(bench.runtime, 'host', { command: ['/usr/bin/python3', '-c', code] });
        expect(exit.code).toBe(0);
        const results = new Map(
          stdout
            .trim()
            .split('\n')
            .map((line) => [line.replace(/ \S+ \S+$/, ''), line.replace(/^.* (\S+ \S+)$/, '$1')]),
        );
        const refused = '-1 1';
        const unknown = '-1 38';
        expect(Object.fromEntries(results)).toEqual({
          unshare: refused,
          setns: refused,
          mount: refused,
          keyctl: refused,
          add_key: refused,
          bpf: refused,
          perf_event_open: refused,
          userfaultfd: refused,
          clone: unknown,
          clone3: unknown,
        });
      },
    );
  });
}
