import { randomUUID } from 'node:crypto';
import { explainListenError, explainMemoryError, live } from '@distributed-cache/config';
import { DataNode, type DataNodeOptions } from '@distributed-cache/data-node';
import { EventClock, IdleCollector } from '@distributed-cache/runtime';
import { RespServer, ServerState } from '@distributed-cache/redis-server';
import { InMemoryPubSub } from '@distributed-cache/pubsub';
import { loadConfig, type Config } from './config.ts';
import { Logger } from './logger.ts';

const SLOT_COUNT = 16_384;

/** A standalone data node is the primary of every slot, in the first epoch. */
const FIRST_EPOCH = 1;

interface RunningServer {
  /** Where it listens, such as `127.0.0.1:6379`. */
  readonly address: string;
  stop(): Promise<void>;
}

async function start(config: Config, logger: Logger, shutdown: () => void): Promise<RunningServer> {
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
      onError: (error) => {
        logger.error(`A command failed: ${error instanceof Error ? error.stack : String(error)}`);
      },
      onWarning: (warning) => {
        logger.warn(warning);
      },
      settings: {
        password: config.password,
        maxClients: config.maxClients,
        maxMemory: dataNode.maxBytes,
        evictionPolicy: dataNode.evictionPolicy,
        maxValueBytes: dataNode.maxValueBytes,
        enableDebugCommand: config.enableDebugCommand,
        enableShutdown: config.enableShutdown,
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

/** The life of the process: configuration, start, signals, end. */
export async function run(): Promise<void> {
  let logger = new Logger('log');
  await live<RunningServer>({
    start: async (stop) => {
      const config = loadConfig();
      logger = new Logger(config.logLevel);
      if (config.misspelt !== undefined) logger.warn(config.misspelt);
      const server = await start(config, logger, () => {
        stop('SHUTDOWN');
      });
      logger.log(`Listening for Redis clients on ${server.address}`);
      return server;
    },
    stop: (server) => server.stop(),
    log: (line) => {
      logger.log(line);
    },
    fatal: (detail) => {
      logger.error(`Unexpected error: ${detail}`);
    },
  });
}
