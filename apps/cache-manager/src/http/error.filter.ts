import type { IncomingMessage, ServerResponse } from 'node:http';
import { Catch, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { answerError } from './http-error.ts';
import { HTTP_LIMITS, type HttpLimits } from './limits.ts';

/** Errors of routes that Express serves. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(@Inject(HTTP_LIMITS) private readonly limits: HttpLimits) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    answerError(
      http.getRequest<IncomingMessage>(),
      http.getResponse<ServerResponse>(),
      error,
      this.limits.linger,
    );
  }
}
