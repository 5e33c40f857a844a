// The peer most Nest teams would reach for: the same answer from a controller on Nest's Fastify adapter.
import 'reflect-metadata';
import { Controller, Get, Module, NotFoundException, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

const values = new Map([['123456', 'hello']]);

@Controller()
class ValueController {
  @Get()
  get(@Query('key') key: string): { key: string; value: string; node: string } {
    const value = values.get(key);
    if (value === undefined) throw new NotFoundException();
    return { key, value, node: 'node-1' };
  }
}

@Module({ controllers: [ValueController] })
class ValueModule {}

const app = await NestFactory.create<NestFastifyApplication>(ValueModule, new FastifyAdapter(), {
  logger: false,
});
await app.listen(0, '127.0.0.1');
console.log(`listening on ${await app.getUrl()}`);
