import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces } from '@nestjs/swagger';
import { EventHub } from './event-hub.ts';

/** Events are of the moment: nothing on the way may keep them, or hold them back to send more at once. */
const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

@Controller('events')
export class EventsController {
  constructor(private readonly hub: EventHub) {}

  @Get()
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
  events(@Req() request: IncomingMessage, @Res() response: ServerResponse): void {
    response.writeHead(200, HEADERS);
    // Express sends HEAD here, too.
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.flushHeaders();
    this.hub.add(response);
  }
}
