import type { Server } from 'node:http';
import { ConfigError, explainListenError } from '@distributed-cache/config';
import { EventClock, IdleCollector } from '@distributed-cache/data-node';
import { Logger, type INestApplication } from '@nestjs/common';
import { createApp, listen, stop, type AppOptions } from './app.ts';
import { loadConfig } from './config.ts';
import { RespPort } from './resp-port.ts';

/**
 * The life of the process: configuration, start, signals, end. Whatever prevents the start ends in one line.
 * Resolves when the application listens.
 */
export async function run(options?: AppOptions): Promise<INestApplication<Server>> {
  const logger = new Logger('CacheManager');
  endOnUncaughtErrors(logger);
  let app: INestApplication<Server> | undefined;
  const stopOnce = endOnSignals(logger, () => app);
  try {
    const config = loadConfig();
    app = await createApp(config, options);
    const respPort = app.get(RespPort);
    respPort.onShutdown = () => {
      stopOnce('SHUTDOWN');
    };
    const respAddress = await respPort.listen();
    const url = await listen(app, config).catch((error: unknown) => {
      throw explainListenError(error, 'HTTP', config.httpHost, config.httpPort);
    });
    logger.log(`Listening on ${url.origin}`);
    // Its timer keeps nothing alive, and may run until the end.
    new IdleCollector(app.get(EventClock)).start();
    if (respAddress !== undefined) logger.log(`Listening for Redis clients on ${respAddress}`);
    return app;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}

/** The first signal stops gracefully, a second one at once. Returns what does it. */
function endOnSignals(
  logger: Logger,
  app: () => INestApplication<Server> | undefined,
): (why: string) => void {
  let stopping = false;
  const stopOnce = (why: string): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.log(`${why}: stopping`);
    const running = app();
    if (running === undefined) process.exit(0);
    void stop(running).then(() => process.exit(0));
  };
  process.on('SIGTERM', stopOnce).on('SIGINT', stopOnce);
  return stopOnce;
}

/** The last resort. After an error that nobody expected, a fresh process is safer than this one. */
function endOnUncaughtErrors(logger: Logger): void {
  process.on('uncaughtException', (error: unknown) => {
    Logger.flush();
    logger.fatal('Unexpected error', error instanceof Error ? error.stack : String(error));
    process.exit(1);
  });
}
