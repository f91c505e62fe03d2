import { z } from 'zod';
import { isJsonNumber, stringifyJson, toDouble } from '../../../support/json/json.ts';
import { readJson } from '../../../support/json/read-json.ts';

// It may have more digits than a double holds; the provider gets them all.
const temperatureSchema = z
  .unknown()
  .refine((value) => isJsonNumber(value) && Number(String(value)) >= 0, 'a number of 0 or more');

/** The message of the AI abstractor. */
export const aiMessageSchema = z.object({
  provider: z.string().min(1).nullish(),
  prompt: z.string(),
  system_message: z.string().nullish(),
  /** What was said before: messages, or anything else that the model shall know. */
  context: z.array(z.unknown()).nullish(),
  /** `text`, `json`, or an object as OpenAI takes it. */
  response_format: z.union([z.string(), z.looseObject({ type: z.string() })]).nullish(),
  model: z.string().min(1).nullish(),
  max_tokens: z.preprocess(toDouble, z.int('a whole number above 0').positive('a whole number above 0').nullish()),
  temperature: temperatureSchema.nullish(),
});

export type AiMessage = z.infer<typeof aiMessageSchema>;

export interface AiAnswer {
  readonly content: string;
  readonly model: string;
  readonly tokens_used: number;
  readonly provider: string;
}

const chatMessageSchema = z.looseObject({ role: z.string(), content: z.unknown() });

/** The same as a request for chat completions. */
export function toCompletionRequest(message: AiMessage, model: string): Readonly<Record<string, unknown>> {
  const { system_message: system, context, prompt, response_format: format, max_tokens, temperature } = message;
  const messages = [
    ...(system == null || system === '' ? [] : [{ role: 'system', content: system }]),
    ...(context ?? []).map(toChatMessage),
    { role: 'user', content: prompt },
  ];
  return {
    model,
    messages,
    ...(format == null || format === 'text' ? {} : { response_format: formatOf(format) }),
    ...(max_tokens == null ? {} : { max_tokens }),
    ...(temperature == null ? {} : { temperature }),
  };
}

function toChatMessage(entry: unknown): unknown {
  const message = chatMessageSchema.safeParse(entry);
  if (message.success) return message.data;
  return { role: 'user', content: typeof entry === 'string' ? entry : stringifyJson(entry) };
}

function formatOf(format: string | { readonly type: string }): unknown {
  if (typeof format !== 'string') return format;
  return { type: format === 'json' ? 'json_object' : format };
}

const completionSchema = z.object({
  model: z.string().nullish(),
  choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }) })).min(1),
  usage: z.object({ total_tokens: z.number().nonnegative() }).nullish(),
});

/** @returns undefined for what is no completion */
export function toAiAnswer(completion: string, provider: string, model: string): AiAnswer | undefined {
  const { data } = readJson(completion, completionSchema);
  if (data === undefined) return undefined;
  const { choices, usage } = data;
  return {
    content: choices[0]?.message.content ?? '',
    model: data.model ?? model,
    tokens_used: usage?.total_tokens ?? 0,
    provider,
  };
}
