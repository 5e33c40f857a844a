import { ServerResponse } from 'node:http';
import { CacheManager } from '@distributed-cache/cache';
import { PubSub } from '@distributed-cache/pubsub';
import {
  Controller,
  Inject,
  Res,
  Sse,
  type BeforeApplicationShutdown,
  type MessageEvent,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import { ReplaySubject, type Observable } from 'rxjs';
import { HTTP_LIMITS, type HttpLimits } from '../http/limits.ts';
import { clientEvents } from './client-events.ts';

@Controller('events')
export class EventsController implements BeforeApplicationShutdown {
  private readonly stop$ = new ReplaySubject<void>(1);

  constructor(
    private readonly pubsub: PubSub,
    private readonly manager: CacheManager,
    @Inject(HTTP_LIMITS) private readonly limits: HttpLimits,
  ) {}

  @Sse()
  @ApiOperation({
    operationId: 'events',
    summary: 'Stream invalidations and changes of data nodes as they happen',
    description:
      'Server-sent events, each with a name and JSON data: `cache_invalidation` (entries that changed or went; a key that is not ' +
      'UTF-8 is in base64 and has `"encoding":"base64"`; a null key stands for the whole slot), `node_status` (a data node changed its ' +
      'state), `topology` (other members), `node_key_assignment` (slots moved), and `overflow` (`dropped` events of the kind ' +
      '`of` are missing here, because the client was too slow).',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'The stream. Ends when the process stops.', schema: { type: 'string' } })
  events(@Res({ passthrough: true }) response: ServerResponse): Observable<MessageEvent> {
    return clientEvents({
      pubsub: this.pubsub,
      nodes: this.manager.nodes(),
      response,
      stop$: this.stop$,
      heartbeat: this.limits.heartbeat,
    });
  }

  beforeApplicationShutdown(): void {
    this.stop$.next();
  }
}
