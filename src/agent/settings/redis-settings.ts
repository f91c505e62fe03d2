import { integer, text } from './config-values.ts';

/** The Redis that is served, and what channels and keys are called. */
export const redisSettings = {
  redisUrl: text().optional().meta({
    group: 'Redis',
    env: 'REDIS_URL',
    secret: true,
    description:
      'Redis to serve: redis://, rediss://, unix:///path or redis+sentinel://host:port,host:port/master. Unset: a private redis-server is started.',
  }),
  requestChannel: text().default('exec-requests').meta({
    group: 'Redis',
    env: 'EXEC_REQUEST_CHANNEL',
    description: 'Channel on which requests are published.',
  }),
  responseChannel: text().default('exec-responses').meta({
    group: 'Redis',
    env: 'EXEC_RESPONSE_CHANNEL',
    description: 'Channel on which answers are published.',
  }),
  controlChannel: text().default('exec-control').meta({
    group: 'Redis',
    env: 'EXEC_CONTROL_CHANNEL',
    description: 'Channel for {"cancel": "<correlation_id or execution_id>"}.',
  }),
  eventsChannel: text().default('exec-events').meta({
    group: 'Redis',
    env: 'EXEC_EVENTS_CHANNEL',
    description: 'Channel on which every change of state is published.',
  }),
  logsChannel: text().default('exec-logs').meta({
    group: 'Redis',
    env: 'EXEC_LOGS_CHANNEL',
    description: 'Output is published as it comes on this channel, followed by a colon and the execution id.',
  }),
  answersKept: integer(1, 10_000_000).default(10_000).meta({
    group: 'Redis',
    env: 'EXEC_ANSWERS_KEPT',
    description: 'Answers that the answer stream holds, about.',
  }),
  redisCaFile: text().optional().meta({
    group: 'Redis',
    env: 'EXEC_REDIS_CA',
    description: 'Certificate authority of a rediss:// server, as a PEM file.',
  }),
  keyPrefix: text().default('exec').meta({
    group: 'Redis',
    env: 'EXEC_KEY_PREFIX',
    description: 'First part of every key; agents that share it and a Redis form one deployment.',
  }),
};
