import { randomUUID } from 'node:crypto';
import { allocate, listenOn, live, respSettings } from '@distributed-cache/config';
import { DataNode } from '@distributed-cache/data-node';
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
  const id = config.nodeId ?? randomUUID();
  const node = allocate(() => new DataNode({ ...dataNode, id, pubsub, clock }));
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
      settings: respSettings(config, dataNode, 1),
    }),
  );
  const address = await listenOn('RESP', config.respHost, config.respPort, (host, port) =>
    server.listen(host, port),
  );
  node.start();
  const collector = new IdleCollector(clock);
  collector.start();
  return {
    address,
    stop: async () => {
      collector.stop();
      await server.close();
      node.close();
      await pubsub.close();
    },
  };
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
