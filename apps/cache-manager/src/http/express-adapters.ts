import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { CacheController } from '../cache/cache.controller.ts';
import type { Admission } from './admission.ts';
import type { BufferBudget } from './buffer-budget.ts';
import { answerError } from './http-error.ts';
import { createHttpServer } from './http-server.ts';
import type { HttpLimits } from './limits.ts';
import { targetOf } from './target.ts';

/** Nest's Express adapter over a server with limits. Every request goes through Express. */
export class PlainExpressAdapter extends ExpressAdapter {
  constructor(
    protected readonly limits: HttpLimits,
    protected readonly budget: BufferBudget,
  ) {
    super();
    this.disable('x-powered-by');
  }

  override initHttpServer(): void {
    this.httpServer = createHttpServer(this.limits, this.budget, this.listener());
  }

  protected listener(): RequestListener {
    return this.getInstance<RequestListener>();
  }
}

/**
 * The same, with a short cut: requests on `/` go from the server straight to the controller's methods, past Express.
 * Express replaces the prototype of every request and response, which makes V8 give up what it has learnt about their
 * shape, and that costs several times more than the whole answer to a `get` does.
 *
 * Only the usual form of the target is taken here, `/` or `/?...`. The others that Express takes for the same, such as
 * `http://host/?...` and `//?...`, go the long way, to the same methods.
 */
export class LeanExpressAdapter extends PlainExpressAdapter {
  private controller!: CacheController;
  private admission!: Admission;

  /** To be called before the server listens: the controller exists only after the adapter. */
  dispatchTo(controller: CacheController, admission: Admission): void {
    this.controller = controller;
    this.admission = admission;
  }

  protected override listener(): RequestListener {
    const express = super.listener();
    return (request, response) => {
      if (isRoot(targetOf(request))) this.dispatch(request, response);
      else express(request, response);
    };
  }

  private dispatch(request: IncomingMessage, response: ServerResponse): void {
    if (!this.admission.admit(request, response)) return;
    try {
      const later = this.call(request, response);
      if (later === undefined) this.budget.holdAnswer(response);
      else this.finish(later, request, response);
    } catch (error) {
      this.fail(request, response, error);
    }
  }

  private finish(later: Promise<void>, request: IncomingMessage, response: ServerResponse): void {
    later.then(
      () => this.budget.holdAnswer(response),
      (error: unknown) => this.fail(request, response, error),
    );
  }

  private fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    answerError(request, response, error, this.limits.linger);
  }

  private call(request: IncomingMessage, response: ServerResponse): Promise<void> | void {
    switch (request.method) {
      case 'GET':
        return this.controller.get(request, response);
      case 'POST':
        return this.controller.set(request, response);
      case 'DELETE':
        return this.controller.delete(request, response);
      default:
        return this.controller.refuseMethod();
    }
  }
}

const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;

function isRoot(target: string): boolean {
  return target.charCodeAt(0) === SLASH && (target.length === 1 || target.charCodeAt(1) === QUESTION_MARK);
}
