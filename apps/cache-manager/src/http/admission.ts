import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable, Logger, UnauthorizedException, type HttpException } from '@nestjs/common';
import { Config } from '../config.ts';
import { logAccess } from './access-log.ts';
import { BufferBudget } from './buffer-budget.ts';
import { answerError } from './http-error.ts';
import { HTTP_LIMITS, type HttpLimits } from './limits.ts';
import { RequestGuard } from './request-guard.ts';
import { requestIdOf } from './request-id.ts';
import { targetOf } from './target.ts';

/**
 * Answers without a password: whoever looks after the process asks these. All forms of the target that Express takes to their
 * routes, and no other.
 */
const OPEN = /^(?:https?:\/\/[\w.~%!$&'()*+,;=:@[\]-]*)?\/health\/(?:live|ready)\/?(?:[?#].*)?$/i;

/** What every request passes first, whichever way it came in: id, access log, who sent it, password. */
@Injectable()
export class Admission {
  private readonly guard: RequestGuard;
  private readonly passwordDigest: Buffer | undefined;
  private readonly logs = Logger.isLevelEnabled('debug');
  private stopping = false;

  constructor(
    config: Config,
    private readonly budget: BufferBudget,
    @Inject(HTTP_LIMITS) private readonly limits: HttpLimits,
  ) {
    this.guard = new RequestGuard(config);
    this.passwordDigest = config.password === undefined ? undefined : digest(config.password, 'utf8');
  }

  /** False when the request was answered here and must go no further. */
  admit(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.logs) logAccess(request, response);
    if (this.stopping) response.shouldKeepAlive = false;
    const refusal = this.guard.refusal(request) ?? this.passwordRefusal(request);
    if (refusal === undefined) return true;
    answerError(request, response, refusal, this.limits.linger);
    return false;
  }

  /** The same for Express. */
  readonly middleware = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (!this.admit(request, response)) return;
    this.budget.watch(response);
    response.setHeader('X-Request-Id', requestIdOf(request));
    response.setHeader('X-Content-Type-Options', 'nosniff');
    next();
  };

  /** From now on each answer ends its connection, so that busy clients let go of a server that stops. */
  stop(): void {
    this.stopping = true;
  }

  private passwordRefusal(request: IncomingMessage): HttpException | undefined {
    const expected = this.passwordDigest;
    if (expected === undefined || OPEN.test(targetOf(request)) || knowsPassword(request, expected)) {
      return undefined;
    }
    return new UnauthorizedException('Authorization: Bearer <password> is missing or wrong.');
  }
}

/** Compares digests: equally long, and in a time that does not depend on where they differ. */
function knowsPassword(request: IncomingMessage, expected: Buffer): boolean {
  const [, token] = /^bearer +(.*)$/i.exec(request.headers.authorization ?? '') ?? [];
  return token !== undefined && timingSafeEqual(digest(token, 'latin1'), expected);
}

/** Headers arrive as one character per byte. */
function digest(text: string, encoding: 'utf8' | 'latin1'): Buffer {
  return createHash('sha256').update(Buffer.from(text, encoding)).digest();
}
