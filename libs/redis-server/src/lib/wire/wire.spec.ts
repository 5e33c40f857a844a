import {
  describeLifeContract,
  describeOperationsContract,
  type PortSetup,
} from '@distributed-cache/data-node/contract';
import { ChaosClient, type RemoteCalls } from '@distributed-cache/data-node/testing';
import { DataNode } from '@distributed-cache/data-node';
import { InMemoryPubSub } from '@distributed-cache/pubsub';
import { EventClock } from '@distributed-cache/runtime';
import { ManualClock } from '@distributed-cache/test-kit';
import { RedisWire } from '../testing/redis-wire.ts';

const MAX_BYTES = 16 * 2 ** 20;

/** Bytes go to the data node and back, in a later turn. */
function remoteNode(): PortSetup<RemoteCalls> {
  const clock = new ManualClock();
  const pubsub = new InMemoryPubSub();
  const wire = new RedisWire();
  wire.clock = new EventClock(clock);
  const node = new DataNode({ id: 'remote', pubsub, clock, maxBytes: MAX_BYTES });
  const serve = wire.serve(node);
  let line: Promise<unknown> = Promise.resolve();
  const port = wire.connect(node, (request) => {
    const answer = line.then(() => serve(request));
    line = answer;
    return answer;
  });
  return {
    port,
    node,
    answer: async (answer) => answer,
    close: async () => {
      node.close();
      await pubsub.close();
    },
  };
}

/** Bytes over a connection that takes its time. */
function slowNode(): PortSetup<ChaosClient> {
  const clock = new ManualClock();
  const pubsub = new InMemoryPubSub();
  const wire = new RedisWire();
  wire.clock = new EventClock(clock);
  const port = new ChaosClient({ id: 'slow', pubsub, clock, maxBytes: MAX_BYTES }, wire);
  port.delay(5);
  return {
    port,
    node: port.node,
    answer: async (answer) => {
      await clock.advanceAsync(10);
      return answer;
    },
    close: async () => {
      port.kill();
      await pubsub.close();
    },
  };
}

describeOperationsContract('RemoteNode', remoteNode);
describeLifeContract('RemoteNode', remoteNode);
describeOperationsContract('ChaosClient over bytes', slowNode);
describeLifeContract('ChaosClient over bytes', slowNode);
