import type { ServerSentEvent } from '../../../http/bodies/sse.ts';
import { isAfter } from '../../../queue/event-history.ts';
import type { ExecutionEvent } from '../../../wire/live.ts';
import type { HttpOptions } from '../http-options.ts';
import { type FeedRequest, openEventFeed } from './event-feed.ts';

interface ResumeRequest extends Omit<FeedRequest, 'executionId'> {
  /** The last event that the client has seen; absent: it wants what happens from now on. */
  readonly after: string | undefined;
}

/**
 * Changes of state from where the client was, then as they happen: none is left out and none comes twice. Where some of
 * them are no longer kept, it begins with the event `gap`. Once this has resolved, nothing that happens is missed.
 */
export async function openResumableEvents(
  { after, ...request }: ResumeRequest,
  sources: Pick<HttpOptions, 'events' | 'eventHistory'>,
): Promise<AsyncGenerator<ServerSentEvent>> {
  const { eventHistory: history } = sources;
  const isKept = after !== undefined && (await history.reachesBack(after));
  const from = isKept ? after : await history.newest();
  const feed = await openEventFeed(request, sources);
  return events();

  async function* events() {
    try {
      // A client that leaves before the first event resumes from here.
      yield after === undefined || isKept ? { id: from } : { event: 'gap', id: from, data: gap };
      let last = from;
      for await (const event of history.read(from)) {
        last = event.event_id ?? last;
        if (request.tenant === undefined || event.tenant === request.tenant) yield stateOf(event);
      }
      for (let event = await feed.next(); event !== undefined; event = await feed.next()) {
        // Agents of an older version publish events without a position.
        if (event.event_id === undefined || isAfter(event.event_id, last)) yield stateOf(event);
      }
    } finally {
      feed.close();
    }
  }
}

const gap = { detail: 'Some events after last-event-id are no longer kept. List the executions to see their states.' };

function stateOf(event: ExecutionEvent): ServerSentEvent {
  return { event: 'state', ...(event.event_id !== undefined && { id: event.event_id }), data: event };
}
