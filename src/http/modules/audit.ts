import { z } from 'zod';
import { auditListOf } from '../../access/audit-list.ts';
import type { AuditLog } from '../../access/audit-log.ts';
import { auditListSchema } from '../../wire/http/audit.ts';
import type { HttpModule } from '../http-room.ts';
import { answer, problems } from '../route-schemas.ts';

const longestList = 1000;

export function createAuditModule(audit: Pick<AuditLog, 'list'>): HttpModule {
  return {
    addRoutes(app) {
      app.route({
        method: 'GET',
        url: '/v1/audit',
        config: { scope: 'operate' },
        schema: {
          tags: ['operation'],
          operationId: 'listAudit',
          summary: 'List who did what, newest first',
          description: 'Entries of all tenants. The agent keeps about `EXEC_AUDIT_KEPT` of them.',
          querystring: z.object({
            limit: z.coerce.number().int().min(1).max(longestList).default(100),
          }),
          response: { 200: answer('The entries.', auditListSchema), ...problems() },
        },
        handler: async (request, reply) => {
          const entries = await audit.list(request.query.limit);
          return reply.type('application/json').send(JSON.stringify(auditListOf(entries)));
        },
      });
    },
  };
}
