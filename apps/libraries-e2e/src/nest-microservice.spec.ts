import 'reflect-metadata';
import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientProxy,
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  type RedisContext,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { firstValueFrom, from, lastValueFrom, type Observable, toArray } from 'rxjs';
import { describeEndpoints } from './endpoints.ts';
import { until } from './until.ts';

const events = new EventEmitter();

@Controller()
class SumsController {
  @MessagePattern('sum')
  sum(@Payload() numbers: number[]): number {
    return numbers.reduce((a, b) => a + b, 0);
  }

  @MessagePattern({ cmd: 'count' })
  count(@Payload() to: number): Observable<number> {
    return from(Array.from({ length: to }, (_, i) => i));
  }

  @MessagePattern('fail')
  fail(): never {
    throw new RpcException('No such thing.');
  }

  @EventPattern('order.*')
  ordered(@Payload() order: unknown, @Ctx() context: unknown) {
    events.emit('order', (context as RedisContext).getChannel(), order);
  }
}

@Module({ controllers: [SumsController] })
class AppModule {}

describeEndpoints((endpoint) => {
  let service: INestMicroservice;
  let client: ClientProxy;

  beforeAll(async () => {
    const options = { host: '127.0.0.1', port: endpoint.port, wildcards: true };
    service = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
      transport: Transport.REDIS,
      options: { ...options, connectionName: 'service', retryAttempts: 100, retryDelay: 10 },
      logger: false,
    });
    await service.listen();
    client = ClientProxyFactory.create({ transport: Transport.REDIS, options });
    await client.connect();
  });

  afterAll(async () => {
    await client.close();
    await service.close();
  });

  test('requests are answered, many at a time', async () => {
    const answers = Array.from({ length: 200 }, (_, i) => firstValueFrom(client.send<number>('sum', [i, 1])));
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  });

  test('an answer of many parts comes whole and in order', async () => {
    const parts = client.send<number>({ cmd: 'count' }, 100).pipe(toArray());
    expect(await lastValueFrom(parts)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  test("a handler's error reaches the client", async () => {
    await expect(firstValueFrom(client.send('fail', {}))).rejects.toMatchObject({
      message: 'No such thing.',
    });
  });

  test('events reach handlers of a pattern', async () => {
    const received = once(events, 'order');
    await lastValueFrom(client.emit('order.created', { id: 7, name: 'Bücher' }), { defaultValue: undefined });
    expect(await received).toEqual(['order.created', { id: 7, name: 'Bücher' }]);
  });

  test('requests are answered after the service lost its connections', async () => {
    const { redis } = endpoint;
    const connections = async () => {
      const clients = (await redis.client('LIST')) as string;
      return [...clients.matchAll(/^id=(\d+) .* name=service /gm)].map(([, id = '']) => id);
    };
    const before = await connections();
    expect(before).toHaveLength(2);
    const patterns = await redis.pubsub('NUMPAT');
    for (const id of before) await redis.client('KILL', 'ID', id);

    await until('the service connects and subscribes again', async () => {
      const now = await connections();
      const fresh = now.length === 2 && !now.some((id) => before.includes(id));
      return fresh && (await redis.pubsub('NUMPAT')) === patterns;
    });
    expect(await firstValueFrom(client.send<number>('sum', [1, 2]))).toBe(3);
  });
});
