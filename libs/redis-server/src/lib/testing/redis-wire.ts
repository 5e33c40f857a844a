import type { DataNode } from '@distributed-cache/data-node';
import type { RemoteCalls, Wire } from '@distributed-cache/data-node/testing';
import { EventClock } from '@distributed-cache/runtime';
import { bytesAt } from '../commands/arguments.ts';
import { COMMANDS } from '../commands/commands.ts';
import type { CommandContext } from '../commands/context.ts';
import type { KeyspaceEvents } from '../server/keyspace-events.ts';
import { ServerTime } from '../server/server-time.ts';
import { NodeContext } from '../wire/node-context.ts';
import { NodeService } from '../wire/node-service.ts';
import { RemoteNode } from '../wire/remote-node.ts';

const SETTINGS = { maxValueBytes: 8 * 2 ** 20, outputLimit: 256 * 2 ** 20 };

/** Calls to data nodes as commands of the Redis protocol, from one end of this process to another. */
export class RedisWire implements Wire {
  /** Told of what happens to keys at the data nodes. */
  readonly keyspaceEvents: Pick<KeyspaceEvents, 'tell'>[] = [];
  /** That of the data nodes. */
  clock: EventClock = new EventClock();

  serve(node: DataNode): (request: Buffer) => Buffer {
    const notify: CommandContext['keyspaceEvents']['notify'] = (kind, event, args, index) => {
      for (const events of this.keyspaceEvents) events.tell(kind, event, bytesAt(args, index));
    };
    const time = new ServerTime(this.clock);
    const context = new NodeContext(node, time, SETTINGS, { enabled: true, notify }, COMMANDS);
    const service = new NodeService(node, context);
    return (request) => service.serve(request);
  }

  connect(node: DataNode, send: (request: Buffer) => Promise<Buffer>): RemoteCalls {
    return new RemoteNode(node, send);
  }
}
