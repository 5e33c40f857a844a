import { listenOn, respSettings } from '@distributed-cache/config';
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
      settings: respSettings(config, config.dataNode, nodes.length),
    });
    this.server = new RespServer(state);
  }

  /** Returns where it listens, such as `127.0.0.1:6380`; undefined when it is off. @throws ConfigError */
  async listen(): Promise<string | undefined> {
    const { respHost, respPort } = this.config;
    const { server } = this;
    if (server === undefined || respPort === undefined) return undefined;
    return listenOn('RESP', respHost, respPort, (host, port) => server.listen(host, port));
  }

  /** Lets answers in flight leave. The data nodes go on until that is done. */
  async onModuleDestroy(): Promise<void> {
    await this.server?.close(this.config.operationTimeout);
  }
}
