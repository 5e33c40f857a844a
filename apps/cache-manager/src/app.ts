import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isatty } from 'node:tty';
import { listenOn, LOG_LEVELS } from '@distributed-cache/config';
import { ConsoleLogger, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.ts';
import { CacheController } from './cache/cache.controller.ts';
import type { Config } from './config.ts';
import { Admission } from './http/admission.ts';
import { BufferBudget } from './http/buffer-budget.ts';
import { LeanExpressAdapter, PlainExpressAdapter } from './http/express-adapters.ts';
import { LimitLog } from './http/limit-log.ts';
import { DEFAULT_LIMITS, HTTP_LIMITS, type HttpLimits } from './http/limits.ts';
import { serveOpenApi } from './openapi.ts';

export interface AppOptions {
  /** Whether requests on `/` go past Express. Default true. */
  readonly lean?: boolean;
  readonly limits?: Partial<HttpLimits>;
}

/** The whole application, ready to listen. */
export async function createApp(config: Config, options: AppOptions = {}): Promise<INestApplication<Server>> {
  const limits = { ...DEFAULT_LIMITS, maxConnections: config.maxClients, ...options.limits };
  const budget = createBudget(limits.maxBuffered);
  const Adapter = options.lean === false ? PlainExpressAdapter : LeanExpressAdapter;
  const adapter = new Adapter(limits, budget);
  const module = AppModule.with(config, limits, budget);
  const app = await NestFactory.create<INestApplication<Server>>(module, adapter, {
    bodyParser: false,
    abortOnError: false,
    // Until the process listens: if it cannot, one line that says so is all there is to read.
    bufferLogs: true,
    autoFlushLogs: false,
    logger: createLogger(config),
  });
  const admission = app.get(Admission);
  app.use(admission.middleware);
  if (adapter instanceof LeanExpressAdapter) adapter.dispatchTo(app.get(CacheController), admission);
  serveOpenApi(app, config);
  await app.init();
  return app;
}

/** Listens where the configuration says, and returns where that is. @throws ConfigError */
export async function listen(app: INestApplication<Server>, config: Config): Promise<URL> {
  const server = app.getHttpServer();
  const address = await listenOn('HTTP', config.httpHost, config.httpPort, async (host, port) => {
    server.listen(port, host);
    // Not `app.listen`: it logs a failure by itself, and the process says it in its own line.
    await once(server, 'listening');
    return server.address() as AddressInfo;
  });
  app.flushLogs();
  return new URL(`http://${address}`);
}

/** How often a stopping server looks for connections that have become idle. */
const SWEEP_INTERVAL = 50;

/**
 * Stops accepting, lets requests in flight finish, ends event streams and idle connections, then closes the cache.
 * Connections that are not done within the grace of the limits are cut.
 */
export async function stop(app: INestApplication<Server>): Promise<void> {
  const server = app.getHttpServer();
  const limits = app.get<HttpLimits>(HTTP_LIMITS);
  app.get(Admission).stop();
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_INTERVAL);
  const deadline = setTimeout(() => server.closeAllConnections(), limits.stopGrace);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}

function createBudget(limit: number): BufferBudget {
  const log = new LimitLog(
    (count) =>
      `Uploads and answers under way are over ${limit} bytes: cut off ${count} connections that kept most for longest.`,
  );
  return new BufferBudget(limit, (count) => log.add(count));
}

/** Text for people, JSON lines in production. Levels up to the configured one. */
function createLogger({ production, logLevel }: Config): ConsoleLogger {
  const logLevels = LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(logLevel) + 1);
  return new ConsoleLogger({
    json: production,
    colors: !production && isatty(process.stdout.fd),
    logLevels: ['fatal', ...logLevels],
  });
}
