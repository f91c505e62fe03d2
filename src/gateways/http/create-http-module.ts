import type { HttpModule } from '../../http/http-room.ts';
import { describeError } from '../message/part-names.ts';
import { createOpenWaits } from './executions/open-waits.ts';
import type { HttpOptions } from './http-options.ts';
import { addAgentRoutes } from './routes/agents.ts';
import { addBulkRoutes } from './routes/bulk.ts';
import { addExecutionRoutes } from './routes/executions.ts';
import { addFileRoutes } from './routes/files.ts';
import { addImageRoutes } from './routes/images.ts';
import { addInputRoutes } from './routes/inputs.ts';
import { addLiveRoutes } from './routes/live.ts';
import { addLogRoutes } from './routes/logs.ts';
import { addPolicyRoutes } from './routes/policy.ts';
import { addQueueRoutes } from './routes/queue.ts';
import { addRequestRoutes } from './routes/requests.ts';
import { addStatsRoutes } from './routes/stats.ts';

/** `/v1`: executions, their files and what happens to them. */
export function createHttpModule(options: HttpOptions): HttpModule {
  return {
    describeError,
    addRoutes(app, room) {
      const waits = createOpenWaits(options);
      addExecutionRoutes(app, options, waits);
      addBulkRoutes(app, options);
      addRequestRoutes(app, options, waits);
      addLiveRoutes(app, options, room);
      addLogRoutes(app, options, room);
      addFileRoutes(app, options);
      addInputRoutes(app, options);
      addAgentRoutes(app, options);
      addImageRoutes(app, options, room);
      addPolicyRoutes(app, options);
      addQueueRoutes(app, options);
      addStatsRoutes(app, options);
    },
  };
}
