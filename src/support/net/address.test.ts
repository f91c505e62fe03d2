import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHostAllowlist, isAllowlistEntry } from './host-allowlist.ts';
import { isPublicAddress } from './public-address.ts';
import { showUrl } from './show-url.ts';

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '193.99.144.80',
  '2606:4700::1111',
  '2a00:1450:4001:80b::200e',
  '64:ff9b::8.8.8.8',
])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

test.each([
  ['loopback', ['127.0.0.1', '127.255.0.9', '::1']],
  ['unspecified', ['0.0.0.0', '0.1.2.3', '::']],
  ['private', ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12::1', 'fec0::1']],
  ['link-local', ['169.254.1.1', 'fe80::1', 'fe80::1%eth0']],
  ['a cloud’s metadata', ['169.254.169.254', 'fd00:ec2::254', '100.100.100.200', '168.63.129.16', '192.0.0.192']],
  ['shared', ['100.64.0.1', '100.127.255.255']],
  ['a group or everyone', ['224.0.0.1', '239.1.1.1', '255.255.255.255', '240.0.0.1', 'ff02::1']],
  ['set aside', ['192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1']],
  ['mapped', ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '0:0:0:0:0:ffff:a9fe:a9fe']],
  ['compatible', ['::127.0.0.1', '::7f00:1']],
  ['NAT64', ['64:ff9b::127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::808:808']],
  ['a tunnel', ['2002:7f00:1::1', '2001:0:53aa:64c:0:0:80ff:fffe']],
  ['no address', ['localhost', '', '1.2.3', '1.2.3.4/8', '::g']],
])('what is %s is not public', (_kind, addresses) => {
  for (const address of addresses) expect(isPublicAddress(address), address).toBe(false);
});

test('an IPv4 address is judged alike, however it is written', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(isPublicAddress(`::ffff:${address}`)).toBe(isPublicAddress(address));
      expect(isPublicAddress(`64:ff9b::${address}`)).toBe(isPublicAddress(address));
    }),
  );
});

test('an allowlist takes names, endings, addresses and networks, and nothing else', () => {
  for (const entry of ['files.example.com', '*.example.com', 'localhost', '10.1.2.3', '10.0.0.0/8', 'fd00::/8', '::1'])
    expect(isAllowlistEntry(entry), entry).toBe(true);
  for (const entry of [
    '',
    '*',
    'http://x',
    'a b',
    'x:80',
    '10.0.0.0/33',
    '::/129',
    '1.2.3.4/',
    '1.2.3.4/8/8',
    'a..b',
    '*.*.x',
  ])
    expect(isAllowlistEntry(entry), entry).toBe(false);
});

test('an allowlist allows what is on it', () => {
  const list = createHostAllowlist(['Files.Example.com', '*.trusted.org', '10.1.0.0/16', 'fd00::/8', '192.168.0.7']);
  expect(list.allows('files.example.com', '127.0.0.1')).toBe(true);
  expect(list.allows('files.example.com.', '127.0.0.1')).toBe(true);
  expect(list.allows('a.b.trusted.org', '127.0.0.1')).toBe(true);
  expect(list.allows('x', '10.1.255.1')).toBe(true);
  expect(list.allows('x', '::ffff:10.1.255.1')).toBe(true);
  expect(list.allows('x', 'fd12::1')).toBe(true);
  expect(list.allows('x', '192.168.0.7')).toBe(true);
  for (const [host, address] of [
    ['trusted.org', '127.0.0.1'],
    ['nottrusted.org', '127.0.0.1'],
    ['files.example.com.evil.org', '127.0.0.1'],
    ['x', '10.2.0.1'],
    ['x', '192.168.0.8'],
    ['x', 'fe80::1'],
    ['10.1.0.1', '127.0.0.1'],
  ] as const)
    expect(list.allows(host, address), `${host} ${address}`).toBe(false);
});

test('a URL is shown without what could be secret', () => {
  expect(showUrl(new URL('https://user:pass@host:8443/a/b?X-Signature=secret#part'))).toBe('https://host:8443/a/b');
});
