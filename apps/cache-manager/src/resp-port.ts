import { explainListenError } from '@distributed-cache/config';
import { EventClock } from '@distributed-cache/runtime';
import { RespServer, ServerState } from '@distributed-cache/redis-server';
import { PubSub } from '@distributed-cache/pubsub';
import { RedisProxy } from '@distributed-cache/redis-proxy';
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Config } from './config.ts';
import { DataNodes } from './data-nodes.ts';

/** The port for Redis clients: one server for all data nodes. */
@Injectable()
export class RespPort implements OnModuleDestroy {
  /** What SHUTDOWN does. */
  onShutdown: () => void = () => undefined;
  private readonly logger = new Logger('RespPort');
  private readonly server: RespServer | undefined;

  constructor(
    private readonly config: Config,
    pubsub: PubSub,
    clock: EventClock,
    dataNodes: DataNodes,
    proxy: RedisProxy,
  ) {
    if (config.respPort === undefined) return;
    const nodes = [...dataNodes];
    const state = new ServerState({
      nodes,
      proxy,
      pubsub,
      clock,
      shutdown: () => {
        this.onShutdown();
      },
      onError: (error) => {
        this.logger.error('A command failed', error instanceof Error ? error.stack : String(error));
      },
      onWarning: (warning) => {
        this.logger.warn(warning);
      },
      settings: {
        password: config.password,
        maxClients: config.maxClients,
        maxMemory: nodes.length * config.dataNode.maxBytes,
        evictionPolicy: config.dataNode.evictionPolicy,
        maxValueBytes: config.dataNode.maxValueBytes,
        enableDebugCommand: config.enableDebugCommand,
        enableShutdown: config.enableShutdown,
      },
    });
    this.server = new RespServer(state);
  }

  /** Returns where it listens, such as `127.0.0.1:6380`; undefined when it is off. @throws ConfigError */
  async listen(): Promise<string | undefined> {
    const { respHost, respPort } = this.config;
    if (this.server === undefined || respPort === undefined) return undefined;
    const { address, family, port } = await this.server.listen(respHost, respPort).catch((error: unknown) => {
      throw explainListenError(error, 'RESP', respHost, respPort);
    });
    return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** Lets answers in flight leave. The data nodes go on until that is done. */
  async onModuleDestroy(): Promise<void> {
    await this.server?.close(this.config.operationTimeout);
  }
}
