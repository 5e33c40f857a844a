import type { Server } from 'node:http';
import { live } from '@distributed-cache/config';
import { EventClock, IdleCollector } from '@distributed-cache/runtime';
import { Logger, type INestApplication } from '@nestjs/common';
import { createApp, listen, stop, type AppOptions } from './app.ts';
import { loadConfig, type Config } from './config.ts';
import { RespPort } from './resp-port.ts';

/** The life of the process: configuration, start, signals, end. Resolves when the application listens. */
export async function run(options?: AppOptions): Promise<INestApplication<Server>> {
  const logger = new Logger('CacheManager');
  return live({
    start: async (shutdown) => {
      const config = loadConfig();
      const app = await createApp(config, options);
      if (config.misspelt !== undefined) logger.warn(config.misspelt);
      await openPorts(app, config, logger, shutdown);
      return app;
    },
    stop,
    log: (line) => {
      logger.log(line);
    },
    fatal: (detail) => {
      // What the start has logged so far may explain it.
      Logger.flush();
      logger.fatal('Unexpected error', detail);
    },
  });
}

async function openPorts(
  app: INestApplication<Server>,
  config: Config,
  logger: Logger,
  shutdown: (why: string) => void,
): Promise<void> {
  const respPort = app.get(RespPort);
  respPort.onShutdown = () => {
    shutdown('SHUTDOWN');
  };
  const respAddress = await respPort.listen();
  const url = await listen(app, config);
  // Its timer keeps nothing alive, and may run until the end.
  new IdleCollector(app.get(EventClock)).start();
  logger.log(`Listening on ${url.origin}`);
  if (respAddress !== undefined) logger.log(`Listening for Redis clients on ${respAddress}`);
}
