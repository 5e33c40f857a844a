import { allocate } from '@distributed-cache/config';
import { DataNode } from '@distributed-cache/data-node';
import { EventClock } from '@distributed-cache/runtime';
import { PubSub } from '@distributed-cache/pubsub';
import { Injectable } from '@nestjs/common';
import { Config } from './config.ts';

/** The data nodes of this process, `node-1` to `node-N`. */
@Injectable()
export class DataNodes implements Iterable<DataNode> {
  private readonly nodes: readonly DataNode[];

  constructor(config: Config, pubsub: PubSub, clock: EventClock) {
    this.nodes = Array.from({ length: config.dataNodes }, (_, index) =>
      allocate(() => new DataNode({ ...config.dataNode, id: `node-${index + 1}`, pubsub, clock })),
    );
  }

  [Symbol.iterator](): Iterator<DataNode> {
    return this.nodes[Symbol.iterator]();
  }
}
