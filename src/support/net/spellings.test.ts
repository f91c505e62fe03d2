import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHostAllowlist } from './host-allowlist.ts';
import { type HostRules, judgeHost } from './judge-host.ts';
import { addressInHost } from './parse-address.ts';
import { isLoopbackAddress } from './public-address.ts';
import { registryName } from './registry-name.ts';

const [ownIpv4, ownIpv6] = ['8.8.4.4', '2606:4700::1111'];

const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
const rules: HostRules = {
  lookup: () => Promise.reject(unknown),
  allowlist: createHostAllowlist([]),
  cure: 'Choose another.',
  ownAddresses: () => ['127.0.0.1', ownIpv4, ownIpv6],
};

const numberOf = (octets: readonly number[]) => octets.reduce((sum, octet) => sum * 256 + octet, 0);
const hex = (octets: readonly number[], from: number) =>
  ((octets[from] ?? 0) * 256 + (octets[from + 1] ?? 0)).toString(16);
const flipped = (octets: readonly number[]) => octets.map((octet) => octet ^ 0xff);

/** An IPv4 address as resolvers read it. */
const ipv4Spellings: readonly ((octets: readonly number[]) => string)[] = [
  (octets) => octets.join('.'),
  (octets) => `${octets.join('.')}.`,
  (octets) => octets.map((octet) => `0x${octet.toString(16)}`).join('.'),
  (octets) => octets.map((octet) => `0${octet.toString(8)}`).join('.'),
  (octets) => octets.map((octet) => `000${octet.toString(8)}`).join('.'),
  (octets) => String(numberOf(octets)),
  (octets) => `0x${numberOf(octets).toString(16)}`,
  (octets) => `0X${numberOf(octets).toString(16).toUpperCase()}.`,
  (octets) => `0${numberOf(octets).toString(8)}`,
  (octets) => `${octets[0]}.${numberOf(octets.slice(1))}`,
  (octets) => `${octets[0]}.0x${(octets[1] ?? 0).toString(16)}.${numberOf(octets.slice(2))}`,
];

/** IPv6 addresses that may lead to an IPv4 one. */
const ipv6Spellings: readonly ((octets: readonly number[]) => string)[] = [
  (octets) => `::ffff:${octets.join('.')}`,
  (octets) => `::FFFF:${hex(octets, 0)}:${hex(octets, 2)}`,
  (octets) => `0:0:0:0:0:ffff:${hex(octets, 0)}:${hex(octets, 2)}`,
  (octets) => `0000:0000::ffff:${octets.join('.')}`,
  (octets) => `::${octets.join('.')}`,
  (octets) => `::${hex(octets, 0)}:${hex(octets, 2)}`,
  (octets) => `::ffff:0:${octets.join('.')}`,
  (octets) => `64:ff9b::${octets.join('.')}`,
  (octets) => `0064:FF9B:0::${hex(octets, 0)}:${hex(octets, 2)}`,
  (octets) => `64:ff9b:1::${octets.join('.')}`,
  (octets) => `2002:${hex(octets, 0)}:${hex(octets, 2)}::1`,
  (octets) => `2001:0:4136:e378:8000:63bf:${hex(flipped(octets), 0)}:${hex(flipped(octets), 2)}`,
];

/** What only a URL may contain. */
const urlSpellings: readonly ((octets: readonly number[]) => string)[] = [
  (octets) => octets.join('。'),
  (octets) => [...octets.join('.')].map((char) => `%${char.charCodeAt(0).toString(16)}`).join(''),
  (octets) => octets.join('.').replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
];

const octet = fc.integer({ min: 0, max: 255 });
const refusedIpv4 = fc.oneof(
  fc.constant([8, 8, 4, 4]),
  fc.tuple(fc.constantFrom(0, 10, 127, 224, 240), octet, octet, octet),
  fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
  fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
);

const denied = expect.objectContaining({ code: 'POLICY_DENIED' });

describe('judging a host', () => {
  test('every spelling of a refused IPv4 address in a URL is refused', async () => {
    const spelling = fc.constantFrom(
      ...ipv4Spellings,
      ...ipv6Spellings.map((spell) => (octets: readonly number[]) => `[${spell(octets)}]`),
      ...urlSpellings,
    );
    await fc.assert(
      fc.asyncProperty(refusedIpv4, spelling, async (octets, spell) => {
        const { hostname } = new URL(`http://${spell(octets)}:8080/`);
        await expect(judgeHost(hostname, rules), hostname).rejects.toEqual(denied);
      }),
      { numRuns: 2000 },
    );
  });

  test('every spelling of a refused address is refused as it stands, and as the address of a name', async () => {
    await fc.assert(
      fc.asyncProperty(
        refusedIpv4,
        fc.constantFrom(...ipv4Spellings, ...ipv6Spellings),
        fc.constantFrom('', '%eth0', '%25eth0'),
        async (octets, spell, zone) => {
          const text = spell(octets);
          await expect(judgeHost(text, rules), text).rejects.toEqual(denied);
          const lookup = () => Promise.resolve([`${text}${text.includes(':') ? zone : ''}`]);
          await expect(judgeHost('files.example.com', { ...rules, lookup }), text).rejects.toEqual(denied);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test.each([
    '2606:4700::1111',
    '2606:4700:0:0:0:0:0:1111',
    '2606:4700:0000::0:1111',
    '2606:4700::0.0.17.17',
    '2606:4700::1111%eth0',
  ])('the own IPv6 address is refused when it is written as %s', async (text) => {
    const lookup = () => Promise.resolve([text]);
    await expect(judgeHost('files.example.com', { ...rules, lookup })).rejects.toEqual(denied);
    await expect(judgeHost(`[${text}]`, rules)).rejects.toEqual(denied);
  });

  test('a public address of another host is allowed in every spelling', async () => {
    for (const host of ['8.8.8.8', '0x08.8.2056', '134744072', '[::ffff:8.8.8.8]', '[64:ff9b::808:808]'])
      await expect(judgeHost(new URL(`http://${host}/`).hostname, rules), host).resolves.toHaveLength(1);
    await expect(judgeHost('[2606:4700::2222]', rules)).resolves.toEqual(['2606:4700::2222']);
  });
});

test('an allowlist: an IPv6 network holds no IPv4 address', () => {
  const list = createHostAllowlist(['::/0']);
  expect(list.allows('x', '10.0.0.1')).toBe(false);
  expect(list.allows('x', '::ffff:10.0.0.1')).toBe(false);
  expect(list.allows('x', 'fd00::1')).toBe(true);
  expect(createHostAllowlist(['::ffff:10.0.0.0/104']).allows('x', '10.1.2.3')).toBe(true);
});

test('loopback: every spelling is recognised, and no name that looks like one', () => {
  fc.assert(
    fc.property(fc.tuple(fc.constant(127), octet, octet, octet), fc.constantFrom(...ipv4Spellings), (octets, spell) => {
      expect(isLoopbackAddress(addressInHost(spell(octets)) ?? ''), spell(octets)).toBe(true);
    }),
  );
  for (const text of ['::1', '0:0:0:0:0:0:0:1', '::ffff:7f00:1']) expect(isLoopbackAddress(text), text).toBe(true);
  for (const text of ['127.evil.example', '127.0.0.1.evil.example', 'localhost', '128.0.0.1', '::2', ''])
    expect(isLoopbackAddress(addressInHost(text) ?? ''), text).toBe(false);
});

test('a registry: every spelling of an address and port has one name', () => {
  fc.assert(
    fc.property(
      fc.tuple(octet, octet, octet, octet),
      fc.constantFrom(
        ...ipv4Spellings,
        ...ipv6Spellings.slice(0, 4).map((spell) => (octets: readonly number[]) => `[${spell(octets)}]`),
      ),
      fc.integer({ min: 1, max: 65_535 }),
      fc.constantFrom('', '0', '000'),
      (octets, spell, port, zeros) => {
        const text = `${spell(octets)}:${zeros}${port}`;
        expect(registryName(text), text).toBe(`${octets.join('.')}:${port}`);
      },
    ),
  );
  for (const text of ['docker.io', 'registry.example:5000', 'localhost', '[::1]:5000'])
    expect(registryName(text)).toBe(text);
  expect(registryName('[0:0::1]:5000')).toBe('[::1]:5000');
});
