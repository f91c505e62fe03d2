import { isClusterUrl, parseClusterUrl } from '../../wire/redis-address.ts';
import { integer, text } from './config-values.ts';

/** The Redis that is served, and what channels and keys are called. */
export const redisSettings = {
  redisUrl: text()
    .refine(
      (url) => !isClusterUrl(url) || parseClusterUrl(url) !== undefined,
      'redis+cluster://user:password@host:port,host:port for a Redis Cluster',
    )
    .optional()
    .meta({
      group: 'Redis',
      env: 'REDIS_URL',
      secret: true,
      description:
        'Redis of the agent: redis://, rediss://, unix:///path, redis+sentinel://host:port,host:port/master or redis+cluster://host:port,host:port (rediss+cluster:// with TLS). Unset: the agent starts a private redis-server.',
    }),
  requestChannel: text().default('exec-requests').meta({
    group: 'Redis',
    env: 'EXEC_REQUEST_CHANNEL',
    description: 'Channel and stream for requests. On a Redis Cluster {PREFIX}-requests, with EXEC_KEY_PREFIX.',
  }),
  responseChannel: text().default('exec-responses').meta({
    group: 'Redis',
    env: 'EXEC_RESPONSE_CHANNEL',
    description: 'Channel and stream for responses. On a Redis Cluster {PREFIX}-responses.',
  }),
  controlChannel: text().default('exec-control').meta({
    group: 'Redis',
    env: 'EXEC_CONTROL_CHANNEL',
    description:
      'Channel and stream for {"cancel": "<correlation_id or execution_id>"}. On a Redis Cluster {PREFIX}-control.',
  }),
  eventsChannel: text().default('exec-events').meta({
    group: 'Redis',
    env: 'EXEC_EVENTS_CHANNEL',
    description: 'Channel for state changes.',
  }),
  logsChannel: text().default('exec-logs').meta({
    group: 'Redis',
    env: 'EXEC_LOGS_CHANNEL',
    description: 'Prefix of the channels for live output: PREFIX:<execution_id>.',
  }),
  answersKept: integer(1, 10_000_000).default(10_000).meta({
    group: 'Redis',
    env: 'EXEC_ANSWERS_KEPT',
    description: 'Approximate number of responses to keep in the response stream.',
  }),
  redisCaFile: text().optional().meta({
    group: 'Redis',
    env: 'EXEC_REDIS_CA',
    description: 'Certificate authority of a rediss:// server, as a PEM file.',
  }),
  keyPrefix: text().default('exec').meta({
    group: 'Redis',
    env: 'EXEC_KEY_PREFIX',
    description: 'Prefix of every Redis key. Agents with the same prefix and Redis form one deployment.',
  }),
};
