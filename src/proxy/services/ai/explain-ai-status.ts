import { z } from 'zod';
import { readJson } from '../../../support/json/read-json.ts';
import { fieldOf } from '../../http/head/field-lines.ts';
import { type Problem, problem } from '../../problem.ts';
import type { WholeAnswer } from '../request-whole.ts';

const errorSchema = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) });
const longestReason = 500;

/** The error that a container gets when a provider failed. It never contains a key, also if the provider's error does. */
export function explainAiStatus(provider: string, answer: WholeAnswer, secrets: readonly string[]): Problem {
  const { status } = answer;
  // A provider may quote a part of the key that it refuses, so its own words stay here.
  if (status === 401 || status === 403) {
    const error = `The AI provider "${provider}" refused the agent's key (${status}). The operator of the agent has to set a valid one.`;
    return problem(502, 'UPSTREAM_AUTH', error);
  }
  const reason = withoutSecrets(reasonOf(answer), secrets);
  if (status === 429) {
    const retryAfter = fieldOf(answer.fields, 'retry-after');
    const fields = retryAfter === undefined ? {} : { fields: `retry-after: ${retryAfter}\r\n` };
    return problem(429, 'UPSTREAM_LIMITED', `The AI provider "${provider}" takes no more calls now${reason}.`, fields);
  }
  if (status >= 400 && status < 500)
    return problem(400, 'UPSTREAM_REFUSED', `The AI provider "${provider}" refused the message (${status})${reason}.`);
  return problem(502, 'UPSTREAM_FAILED', `The AI provider "${provider}" failed (${status})${reason}.`);
}

function reasonOf({ body }: WholeAnswer): string {
  const { data } = readJson(body.toString('utf8'), errorSchema);
  // A page of HTML adds nothing to the status.
  if (data === undefined) return '';
  const text = (typeof data.error === 'string' ? data.error : data.error.message).trim().replace(/\.$/, '');
  return text === '' ? '' : `: ${text.slice(0, longestReason)}`;
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}
