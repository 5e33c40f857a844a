import type { INestApplication } from '@nestjs/common';
import { ApiProperty, ApiResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Config } from './config.ts';

/** Nest's shape of an error. */
export class Failure {
  @ApiProperty({ type: 'integer', example: 400 })
  readonly statusCode!: number;

  @ApiProperty({ example: 'Bad Request' })
  readonly error!: string;

  @ApiProperty({ example: 'key is missing: name the entry with ?key=...' })
  readonly message!: string;
}

export function ApiFailure(status: number, description: string): MethodDecorator & ClassDecorator {
  return ApiResponse({ status, description, type: Failure });
}

/** Serves the description of the API: a page at `/docs`, JSON at `/docs-json`, YAML at `/docs-yaml`. */
export function serveOpenApi(app: INestApplication, config: Config): void {
  const builder = new DocumentBuilder()
    .setTitle('Cache manager')
    .setDescription('A distributed cache: entries, data nodes, events and health.')
    .setVersion('0.1.0');
  if (config.password !== undefined) {
    builder
      .addBearerAuth({ type: 'http', description: 'The PASSWORD of the process.' })
      .addSecurityRequirements('bearer');
    builder.addGlobalResponse({
      status: 401,
      description: 'The password is missing or wrong.',
      type: Failure,
    });
  }
  SwaggerModule.setup('docs', app, () =>
    SwaggerModule.createDocument(app, builder.build(), { extraModels: [Failure] }),
  );
}
