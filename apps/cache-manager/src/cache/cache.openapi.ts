import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiProperty,
  ApiPropertyOptional,
  ApiQuery,
  ApiResponse,
} from '@nestjs/swagger';
import { ApiFailure } from '../openapi.ts';

/** An entry, as `GET` and `POST` answer it. */
export class EntryAnswer {
  @ApiProperty({ example: '123456' })
  readonly key!: string;

  @ApiProperty({ example: 'hello', description: 'Text, or base64 where `encoding` says so.' })
  readonly value!: string;

  @ApiPropertyOptional({ enum: ['base64'], description: 'Present when the value is not UTF-8.' })
  readonly encoding?: 'base64';

  @ApiProperty({ example: 'node-1', description: 'The data node that keeps the entry.' })
  readonly node!: string;
}

export class KeyAnswer {
  @ApiProperty({ example: '123456' })
  readonly key!: string;
}

const Key = ApiQuery({
  name: 'key',
  required: true,
  description:
    'Any text of 1 byte to 64 KiB in UTF-8. `+` is a space. Other parameters that are not known are ignored.',
  schema: { type: 'string', minLength: 1 },
});

const Failures = [
  ApiFailure(400, 'A parameter is missing, empty, repeated, malformed or not UTF-8; the message names it.'),
  ApiFailure(408, 'The request did not arrive in time.'),
  ApiFailure(413, 'The key has more than 64 KiB, or the entry does not fit.'),
  ApiFailure(431, 'Request line and headers have more than 256 KiB.'),
  ApiFailure(503, 'No data node can answer in time. `Retry-After` says when to try again.'),
];

export const DescribeGet = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({ operationId: 'get', summary: 'Read an entry' }),
    Key,
    ApiResponse({ status: 200, type: EntryAnswer }),
    ApiFailure(404, 'There is no such entry.'),
    ...Failures,
  );

export const DescribeSet = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({ operationId: 'set', summary: 'Insert or update an entry' }),
    Key,
    ApiQuery({
      name: 'value',
      required: false,
      description: 'The value; may be empty. It wins over a body.',
      schema: { type: 'string' },
    }),
    ApiQuery({
      name: 'ttl',
      required: false,
      description: 'Milliseconds to live. Without it: DEFAULT_TTL.',
      schema: { type: 'integer', format: 'int64', minimum: 1, maximum: 2 ** 48 },
    }),
    ApiConsumes('*/*'),
    ApiBody({
      required: false,
      description:
        'Without `value` in the query, these bytes are the value, whatever their content type. Not empty.',
      schema: { type: 'string', format: 'binary' },
    }),
    ApiResponse({ status: 200, type: EntryAnswer }),
    ...Failures,
  );

export const DescribeDelete = (): MethodDecorator =>
  applyDecorators(
    ApiOperation({ operationId: 'delete', summary: 'Remove an entry' }),
    Key,
    ApiResponse({ status: 200, type: KeyAnswer }),
    ApiFailure(404, 'There was no such entry.'),
    ...Failures,
  );
