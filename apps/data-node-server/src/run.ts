import { randomUUID } from 'node:crypto';
import { ConfigError, explainListenError, explainMemoryError } from '@distributed-cache/config';
import {
  DataNode,
  EventClock,
  IdleCollector,
  RespServer,
  ServerState,
  type DataNodeOptions,
} from '@distributed-cache/data-node';
import { InMemoryPubSub } from '@distributed-cache/pubsub';
import { loadConfig, type Config } from './config.ts';

const SLOT_COUNT = 16_384;

/** A standalone data node is the primary of every slot, in the first epoch. */
const FIRST_EPOCH = 1;

interface RunningServer {
  /** Where it listens, such as `127.0.0.1:6379`. */
  readonly address: string;
  stop(): Promise<void>;
}

async function start(config: Config, shutdown: () => void): Promise<RunningServer> {
  const pubsub = new InMemoryPubSub();
  const clock = new EventClock();
  const { dataNode } = config;
  const node = makeDataNode({ ...dataNode, id: config.nodeId ?? randomUUID(), pubsub, clock });
  node.takeSlots(
    Array.from({ length: SLOT_COUNT }, (_, slot) => slot),
    FIRST_EPOCH,
  );
  const server = new RespServer(
    new ServerState({
      nodes: [node],
      pubsub,
      clock,
      shutdown,
      settings: {
        password: config.password,
        maxClients: config.maxClients,
        maxMemory: dataNode.maxBytes,
        evictionPolicy: dataNode.evictionPolicy,
        maxValueBytes: dataNode.maxValueBytes,
      },
    }),
  );
  const { respHost, respPort } = config;
  const { address, family, port } = await server.listen(respHost, respPort).catch((error: unknown) => {
    throw explainListenError(error, 'RESP', respHost, respPort);
  });
  node.start();
  const collector = new IdleCollector(clock);
  collector.start();
  return {
    address: family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`,
    stop: async () => {
      collector.stop();
      await server.close();
      node.close();
      await pubsub.close();
    },
  };
}

function makeDataNode(options: DataNodeOptions): DataNode {
  try {
    return new DataNode(options);
  } catch (error) {
    throw explainMemoryError(error);
  }
}

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

/** The life of the process: configuration, start, signals, end. Whatever prevents the start ends in one line. */
export async function run(): Promise<void> {
  process.on('uncaughtException', (error: unknown) => {
    process.stderr.write(`Unexpected error: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
  let server: RunningServer | undefined;
  let stopping = false;
  // The first signal stops gracefully, a second one at once.
  const stop = (why: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log(`${why}: stopping`);
    if (server === undefined) process.exit(0);
    void server.stop().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
  try {
    server = await start(loadConfig(), () => {
      stop('SHUTDOWN');
    });
    log(`Listening for Redis clients on ${server.address}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
