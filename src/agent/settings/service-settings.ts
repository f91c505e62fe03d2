import type { z } from 'zod';
import { namedServices } from '../config/named-services.ts';
import { bytes, integer, seconds, text } from './config-values.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

const url = () =>
  text().refine((value) => URL.canParse(value) && /^https?:/.test(value), 'a URL such as http://host:8000');

/** What containers reach beside the agent's own directories. */
export const serviceSettings = {
  dataServiceUrl: url().optional().meta({
    group: 'Services',
    env: 'DATA_ABSTRACTOR_URL',
    secret: true,
    description: 'Where calls below /data/ go. /data/query always goes over Redis. Unset: only /data/query works.',
  }),
  aiServiceUrl: url().optional().meta({
    group: 'Services',
    env: 'AI_ABSTRACTOR_URL',
    secret: true,
    description: 'Where calls below /ai/ go. /ai/query goes over Redis, or to EXEC_AI_URL if that is set.',
  }),
  aiUrl: url().optional().meta({
    group: 'Services',
    env: 'EXEC_AI_URL',
    secret: true,
    description: 'OpenAI-compatible endpoint (https://api.openai.com/v1) that provides the service ai.',
  }),
  aiKey: text().optional().meta({
    group: 'Services',
    env: 'EXEC_AI_KEY',
    secret: true,
    description: 'Key for EXEC_AI_URL, sent as a bearer token. Containers never see it.',
  }),
  aiModel: text().optional().meta({
    group: 'Services',
    env: 'EXEC_AI_MODEL',
    description: 'Model for messages that name none.',
  }),
  aiProvider: text().default('openai').meta({
    group: 'Services',
    env: 'EXEC_AI_PROVIDER',
    description: 'Value of "provider" in messages that EXEC_AI_URL answers.',
  }),
  services: namedServices().optional().meta({
    group: 'Services',
    env: 'EXEC_SERVICES',
    secret: true,
    description: 'More services by name, as JSON; in the YAML file as a map. See docs/services.md.',
  }),
  servicePort: integer(1, 65_535).default(9000).meta({
    group: 'Services',
    env: 'SERVICE_PROXY_PORT',
    description: 'Port of the service proxy as containers see it. Nothing listens on this port on the host.',
  }),
  serviceReplySeconds: seconds(0.1, 86_400).default(120).meta({
    group: 'Services',
    env: 'EXEC_SERVICE_REPLY_TIMEOUT',
    description: 'Seconds that a call over Redis waits for its reply.',
  }),
  serviceAnswerSeconds: seconds(0.1, 86_400).default(300).meta({
    group: 'Services',
    env: 'EXEC_SERVICE_ANSWER_TIMEOUT',
    description: 'Seconds that a call to a URL waits for the response to begin, and then for each further part.',
  }),
  serviceBodyBytes: bytes().default(GiB).meta({
    group: 'Services',
    env: 'EXEC_SERVICE_BODY_MAX',
    description: 'Maximum body size of a call to a URL.',
  }),
  serviceQueryBytes: bytes()
    .default(8 * MiB)
    .meta({
      group: 'Services',
      env: 'EXEC_SERVICE_QUERY_MAX',
      description: 'Maximum body size of a call to /query.',
    }),
  serviceReplyBytes: bytes()
    .default(8 * MiB)
    .meta({
      group: 'Services',
      env: 'EXEC_SERVICE_REPLY_MAX',
      description: 'Maximum size of a reply over Redis. A longer one is not read, and its call fails.',
    }),
  serviceConnections: integer(1, 65_536).default(256).meta({
    group: 'Services',
    env: 'EXEC_SERVICE_CONNECTIONS',
    description: 'Maximum number of connections of one execution to its services.',
  }),
  networksReady: integer(0, 1024).default(4).meta({
    group: 'Services',
    env: 'EXEC_NETWORKS_READY',
    description: 'Number of networks to keep ready after an execution has needed one.',
  }),
  dockerNetwork: text().default('bridge').meta({
    group: 'Services',
    env: 'DOCKER_NETWORK',
    description: 'Docker network of containers with an open network, which only a policy can allow.',
  }),
} satisfies z.ZodRawShape;
