import { z } from 'zod';
import { executionPlanSchema } from './plan.ts';

/** What older agents recorded: no gateway, and the channel of the response. */
const olderSchema = z.looseObject({ gateway: z.undefined().optional(), replyTo: z.string().optional() });

/** A plan as it was recorded, also by an older agent. */
export const storedPlanSchema = z.preprocess((stored) => {
  const { success, data } = olderSchema.safeParse(stored);
  if (!success) return stored;
  const { replyTo, ...plan } = data;
  return { ...plan, gateway: 'redis', ...(replyTo === undefined ? {} : { address: { reply_to: replyTo } }) };
}, executionPlanSchema);
