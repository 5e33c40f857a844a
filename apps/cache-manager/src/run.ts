import type { Server } from 'node:http';
import { ConfigError, explainListenError } from '@distributed-cache/config';
import { Logger, type INestApplication } from '@nestjs/common';
import { createApp, listen, stop, type AppOptions } from './app.ts';
import { loadConfig } from './config.ts';

/**
 * The life of the process: configuration, start, signals, end. Whatever prevents the start ends in one line.
 * Resolves when the application listens.
 */
export async function run(options?: AppOptions): Promise<INestApplication<Server>> {
  const logger = new Logger('CacheManager');
  endOnUncaughtErrors(logger);
  let app: INestApplication<Server> | undefined;
  endOnSignals(logger, () => app);
  try {
    const config = loadConfig();
    app = await createApp(config, options);
    const url = await listen(app, config).catch((error: unknown) => {
      throw explainListenError(error, 'HTTP', config.httpHost, config.httpPort);
    });
    logger.log(`Listening on ${url.origin}`);
    return app;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}

/** The first signal stops gracefully, a second one at once. */
function endOnSignals(logger: Logger, app: () => INestApplication<Server> | undefined): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.log(`${signal}: stopping`);
    const running = app();
    if (running === undefined) process.exit(0);
    void stop(running).then(() => process.exit(0));
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
}

/** The last resort. After an error that nobody expected, a fresh process is safer than this one. */
function endOnUncaughtErrors(logger: Logger): void {
  process.on('uncaughtException', (error: unknown) => {
    Logger.flush();
    logger.fatal('Unexpected error', error instanceof Error ? error.stack : String(error));
    process.exit(1);
  });
}
