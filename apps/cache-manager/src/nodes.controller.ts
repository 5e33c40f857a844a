import { CacheManager, type NodeInfo } from '@distributed-cache/cache';
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty } from '@nestjs/swagger';

class NodeStatisticsAnswer {
  @ApiProperty({
    type: 'integer',
    description: 'Live entries; expired ones that are not collected yet count.',
  })
  readonly entries!: number;

  @ApiProperty({ type: 'integer', description: 'Bytes of the budget in use.' })
  readonly bytes!: number;

  @ApiProperty({ type: 'integer', description: 'The budget.' })
  readonly maxBytes!: number;

  @ApiProperty({ type: 'integer' })
  readonly hits!: number;

  @ApiProperty({ type: 'integer' })
  readonly misses!: number;

  @ApiProperty({ type: 'integer' })
  readonly evictions!: number;

  @ApiProperty({ type: 'integer' })
  readonly expirations!: number;
}

class NodeAnswer {
  @ApiProperty({ example: 'node-1' })
  readonly id!: string;

  @ApiProperty({ description: 'Random at each start of the data node.' })
  readonly incarnation!: string;

  @ApiProperty({ enum: ['active', 'draining', 'closed', 'lost'], description: 'lost: it stopped reporting.' })
  readonly state!: string;

  @ApiProperty()
  readonly weight!: number;

  @ApiProperty({ type: 'integer', minimum: 0, maximum: 16_384 })
  readonly slots!: number;

  @ApiProperty({ minimum: 0, maximum: 1, description: 'Its part of all slots.' })
  readonly share!: number;

  @ApiProperty({ description: 'As last reported.' })
  readonly statistics!: NodeStatisticsAnswer;
}

@Controller('nodes')
export class NodesController {
  constructor(private readonly manager: CacheManager) {}

  @Get()
  @ApiOperation({
    operationId: 'listNodes',
    summary: 'List each data node with status, slots and statistics',
  })
  @ApiOkResponse({ type: [NodeAnswer] })
  list(): NodeInfo[] {
    return this.manager.nodes();
  }
}
