import { z } from 'zod';

const addressSchema = z.object({ reply_to: z.string() });

/** What a plan's `address` holds for the messages of this gateway. */
export function addressOf(replyTo: string): z.input<typeof addressSchema> {
  return { reply_to: replyTo };
}

/** The channel that a request named for its response. */
export function replyToOf(address: unknown): string | undefined {
  return addressSchema.safeParse(address).data?.reply_to;
}
