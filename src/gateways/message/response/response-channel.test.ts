import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isReplyChannel, responseChannelOf } from './response-channel.ts';

const common = 'exec-responses';

test('response channel: the tenant "default" has the common one, every other tenant one of its own', () => {
  expect(responseChannelOf({ tenant: 'default' }, common)).toBe(common);
  expect(responseChannelOf({ tenant: 'a' }, common)).toBe('exec-responses:tenant:a');
  expect(responseChannelOf({ tenant: 'a', replyTo: 'exec-responses:x' }, common)).toBe('exec-responses:x');
});

test('response channel: no reply_to is the channel of a tenant, or the common one', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.constantFrom('', ':', ':tenant:', ':x:tenant:'), (name, between) => {
      const channel = `${common}${between}${name}`;
      const isBelow = channel.startsWith(`${common}:`) && channel.length > common.length + 1;
      expect(isReplyChannel(channel, common)).toBe(isBelow && !channel.startsWith(`${common}:tenant:`));
    }),
  );
  for (const tenant of ['default', 'a'])
    expect(isReplyChannel(responseChannelOf({ tenant }, common), common)).toBe(false);
});
