import type { HttpApp } from '../http-app.ts';
import type { HttpOptions } from '../http-options.ts';
import { createOpenWaits } from '../open-waits.ts';
import { createOpenStreams } from '../streams.ts';
import { addExecutionRoutes } from './executions.ts';
import { addFileRoutes } from './files.ts';
import { addInputRoutes } from './inputs.ts';
import { addLiveRoutes } from './live.ts';
import { addOperatorRoutes } from './operator.ts';
import { addPageRoutes } from './pages.ts';

export function addRoutes(app: HttpApp, options: HttpOptions): void {
  const streams = createOpenStreams(options.limits);
  addExecutionRoutes(app, options, createOpenWaits(options));
  addLiveRoutes(app, options, streams);
  addFileRoutes(app, options);
  addInputRoutes(app, options);
  addOperatorRoutes(app, options);
  addPageRoutes(app);
}
