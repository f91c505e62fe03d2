import { z } from 'zod';
import { integer, list, seconds, text } from './config-values.ts';

/** The settings of the HTTP interface. */
export const httpSettings = {
  port: z
    .union([z.literal('off'), integer(0, 65_535)], { error: 'a port from 0 to 65535, or off' })
    .default(8082)
    .meta({
      group: 'HTTP',
      env: 'PORT',
      description: 'Port of the HTTP interface; 0: any that is free; off: none.',
    }),
  httpHost: text().default('127.0.0.1').meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_HOST',
    description:
      'Address that the HTTP interface listens on. One that other machines reach is refused until there is a token ("exec-agent token create").',
  }),
  httpCors: list(
    (origin) => origin === '*' || /^https?:\/\/[^/\s]+$/.test(origin),
    'origins such as https://app.example.com, with commas between them, or *',
  )
    .optional()
    .meta({
      group: 'HTTP',
      env: 'EXEC_HTTP_CORS',
      description:
        'Origins of web pages that may call the HTTP interface (https://app.example.com); *: all. Unset: none.',
    }),
  httpConnections: integer(1, 1_000_000).default(1000).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_CONNECTIONS',
    description: 'Connections that may be open at once.',
  }),
  httpStreams: integer(1, 1_000_000).default(200).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_STREAMS',
    description: 'Streams of logs and events that one tenant may have open.',
  }),
  httpRate: integer(0, 10_000_000).default(5000).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_RATE',
    description: 'Requests per second that one tenant may send to one agent; 0: no limit.',
  }),
  httpIdleSeconds: seconds(1, 86_400).default(60).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_IDLE',
    description: 'Seconds after which a connection on which nothing comes or goes is closed.',
  }),
  httpRequestSeconds: seconds(1, 86_400).default(3600).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_REQUEST_TIMEOUT',
    description: 'Seconds that sending one request may take, uploads too.',
  }),
  httpWaitSeconds: seconds(0, 86_400).default(300).meta({
    group: 'HTTP',
    env: 'EXEC_HTTP_WAIT_MAX',
    description: 'The longest that ?wait= holds a request, in seconds.',
  }),
  tenantOpen: integer(1, 100_000_000).default(100_000).meta({
    group: 'HTTP',
    env: 'EXEC_TENANT_OPEN',
    description: 'Executions of one tenant that may wait or run; one more over HTTP is refused.',
  }),
  sharedObjects: list((prefix) => !prefix.startsWith('/'), 'beginnings of object names, with commas between them')
    .optional()
    .meta({
      group: 'HTTP',
      env: 'EXEC_SHARED_OBJECTS',
      description:
        'Beginnings of object names (datasets/) that every tenant may read. A tenant reads its uploads and what its executions left in any case; the tenant "default" reads everything.',
    }),
  auditKept: integer(1, 100_000_000).default(10_000).meta({
    group: 'HTTP',
    env: 'EXEC_AUDIT_KEPT',
    description: 'Entries that the audit log in Redis holds, about; every entry also goes to the log.',
  }),
};
