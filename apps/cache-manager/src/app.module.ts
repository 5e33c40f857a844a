import { CacheManager, LocalDataNodeClient } from '@distributed-cache/cache';
import { EventClock } from '@distributed-cache/runtime';
import { InMemoryPubSub, PubSub } from '@distributed-cache/pubsub';
import { RedisProxy } from '@distributed-cache/redis-proxy';
import { Logger, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { CacheController } from './cache/cache.controller.ts';
import { Config } from './config.ts';
import { DataNodes } from './data-nodes.ts';
import { EventHub } from './events/event-hub.ts';
import { EventsController } from './events/events.controller.ts';
import { HealthController } from './health.controller.ts';
import { Admission } from './http/admission.ts';
import { BufferBudget } from './http/buffer-budget.ts';
import { ErrorFilter } from './http/error.filter.ts';
import { HTTP_LIMITS, type HttpLimits } from './http/limits.ts';
import { NodesController } from './nodes.controller.ts';
import { RespPort } from './resp-port.ts';

/** Everything that the process consists of, wired together. */
@Module({})
export class AppModule implements OnApplicationShutdown {
  static with(config: Config, limits: HttpLimits, budget: BufferBudget): DynamicModule {
    return {
      module: AppModule,
      // Probes come every few seconds: an error line for each while the process is not ready says nothing new.
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [CacheController, NodesController, EventsController, HealthController],
      providers: [
        { provide: Config, useValue: config },
        { provide: HTTP_LIMITS, useValue: limits },
        { provide: BufferBudget, useValue: budget },
        { provide: PubSub, useFactory: createPubSub },
        // One clock for all: the commands of a read event share a reading of it.
        { provide: EventClock, useFactory: () => new EventClock() },
        DataNodes,
        {
          provide: CacheManager,
          useFactory: createCacheManager,
          inject: [Config, PubSub, EventClock, DataNodes],
        },
        {
          provide: RedisProxy,
          useFactory: ({ router }: CacheManager, { strictTransactions }: Config) =>
            new RedisProxy(router, { strictTransactions }),
          inject: [CacheManager, Config],
        },
        RespPort,
        Admission,
        EventHub,
        { provide: APP_FILTER, useClass: ErrorFilter },
      ],
    };
  }

  constructor(
    private readonly manager: CacheManager,
    private readonly pubsub: PubSub,
  ) {}

  /** After the last request: first the manager, which closes its data nodes, then what they all talk over. */
  async onApplicationShutdown(): Promise<void> {
    await this.manager.close();
    await this.pubsub.close();
  }
}

function createPubSub(): PubSub {
  const logger = new Logger('PubSub');
  return new InMemoryPubSub({
    onHandlerError: (error, topic) => {
      logger.error(`A subscriber of ${topic} failed`, error instanceof Error ? error.stack : String(error));
    },
  });
}

async function createCacheManager(
  config: Config,
  pubsub: PubSub,
  clock: EventClock,
  dataNodes: DataNodes,
): Promise<CacheManager> {
  const { operationTimeout } = config;
  const { statusInterval, maxValueBytes } = config.dataNode;
  const manager = new CacheManager({
    pubsub,
    clock,
    operationTimeout,
    statusInterval,
    maxValueBytes,
  });
  await manager.addNodes(Array.from(dataNodes, (node) => new LocalDataNodeClient(node)));
  return manager;
}
