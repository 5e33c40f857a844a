import { IncomingMessage, ServerResponse } from 'node:http';
import { CacheManager, isLater, type Hit } from '@distributed-cache/cache';
import {
  All,
  BadRequestException,
  Controller,
  Delete,
  Get,
  Head,
  MethodNotAllowedException,
  Post,
  Req,
  Res,
} from '@nestjs/common';
import { ApiExcludeEndpoint } from '@nestjs/swagger';
import { Config } from '../config.ts';
import { answerJson } from '../http/answer.ts';
import { BufferBudget } from '../http/buffer-budget.ts';
import { errorJson } from '../http/http-error.ts';
import { targetOf } from '../http/target.ts';
import { readBody } from './body.ts';
import { DescribeDelete, DescribeGet, DescribeSet } from './cache.openapi.ts';
import { entryJson, keyJson } from './entry-json.ts';
import { parseQuery } from './query.ts';

const NO_ENTRY = errorJson(404, 'There is no entry with this key.');

/**
 * The cache over HTTP: what `curl` speaks to. Works on the request and response of `node:http`, because its methods are
 * called from two sides: by Nest through Express, and past it by `LeanExpressAdapter`. What they throw is answered by
 * the caller, the same way on both sides.
 */
@Controller()
export class CacheController {
  private readonly maxValueBytes: number;

  constructor(
    private readonly manager: CacheManager,
    private readonly budget: BufferBudget,
    config: Config,
  ) {
    this.maxValueBytes = config.dataNode.maxValueBytes;
  }

  // Express would send a HEAD to the first GET route.
  @Head()
  @ApiExcludeEndpoint()
  refuseHead(): Promise<never> {
    return this.refuseMethod();
  }

  @Get()
  @DescribeGet()
  get(@Req() request: IncomingMessage, @Res() response: ServerResponse): void | Promise<void> {
    const { key } = parseQuery(targetOf(request));
    // Without a promise where there is nothing to wait for: nearly all requests come here.
    const hit = this.manager.lookup(key);
    if (isLater(hit)) return hit.then((later) => answerGet(response, key, later));
    answerGet(response, key, hit);
    return undefined;
  }

  @Post()
  @DescribeSet()
  async set(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const { key, value = await this.bodyOf(request, response), ttl } = parseQuery(targetOf(request));
    const { node } = await this.manager.set(key, value, ttl === undefined ? undefined : { ttl });
    answerJson(response, 200, entryJson(key, value, node));
  }

  @Delete()
  @DescribeDelete()
  async delete(@Req() request: IncomingMessage, @Res() response: ServerResponse): Promise<void> {
    const { key } = parseQuery(targetOf(request));
    if (await this.manager.delete(key)) answerJson(response, 200, keyJson(key));
    else answerJson(response, 404, NO_ENTRY);
  }

  @All()
  @ApiExcludeEndpoint()
  async refuseMethod(): Promise<never> {
    throw new MethodNotAllowedException('Only GET, POST and DELETE are allowed here.');
  }

  private async bodyOf(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
    const body = await readBody(request, response, this.maxValueBytes, this.budget);
    if (body.length > 0) return body;
    throw new BadRequestException('value is missing: send it as value=..., or as a body that is not empty.');
  }
}

function answerGet(response: ServerResponse, key: string, hit: Hit | undefined): void {
  if (hit === undefined) answerJson(response, 404, NO_ENTRY);
  else answerJson(response, 200, entryJson(key, hit.value, hit.node));
}
