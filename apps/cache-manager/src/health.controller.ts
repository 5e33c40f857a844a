import { CacheManager } from '@distributed-cache/cache';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
} from '@nestjs/terminus';

/** For whatever starts and stops the process. Needs no password. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly manager: CacheManager,
  ) {}

  @Get('live')
  @HealthCheck()
  @ApiOperation({ operationId: 'live', summary: 'Whether the process runs' })
  live(): Promise<HealthCheckResult> {
    return this.health.check([]);
  }

  @Get('ready')
  @HealthCheck()
  @ApiOperation({ operationId: 'ready', summary: 'Whether every slot has a data node that serves it' })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([
      () => {
        const slots = this.indicators.check('slots');
        return this.manager.ready ? slots.up() : slots.down('Not every slot has a data node that serves it.');
      },
    ]);
  }
}
