import type { ServerResponse } from 'node:http';
import { CacheManager } from '@distributed-cache/cache';
import { PubSub, type Message, type NodeStatus, type Overflow } from '@distributed-cache/pubsub';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Subscription } from 'rxjs';
import { BufferBudget } from '../http/buffer-budget.ts';
import { HTTP_LIMITS, type HttpLimits } from '../http/limits.ts';
import { eventText } from './event-json.ts';
import { EventLog } from './event-log.ts';
import { EventReader } from './event-reader.ts';

const MEBIBYTE = 2 ** 20;

/** Topics, and how many bytes of their events wait for clients that are behind. Rare news first. */
const TOPICS = [
  ['topology', MEBIBYTE],
  ['node_key_assignment', MEBIBYTE],
  ['node_status', MEBIBYTE],
  ['cache_invalidation', 8 * MEBIBYTE],
] as const;

/** Handing out events rests so many times as long as it took: clients, however many, take a tenth of the time at most. */
const REST = 9;

interface NodeState {
  readonly id: string;
  readonly incarnation: string;
  readonly state: string;
}

/**
 * Hands the messages of the process to the clients of `/events`. One subscription for all of them, and each event is made
 * once, so that a write costs the same whether one client listens or two hundred.
 */
@Injectable()
export class EventHub implements BeforeApplicationShutdown {
  private readonly logs = TOPICS.map(([topic, limit]) => [topic, new EventLog(limit)] as const);
  private readonly readers = new Set<EventReader>();
  private readonly lastStates = new Map<string, string>();
  private subscription: Subscription | undefined;
  /** Events came that were not handed out. */
  private news = false;
  /** From the first of them until there are no more. */
  private pumping = false;
  private stopped = false;

  constructor(
    private readonly pubsub: PubSub,
    private readonly manager: CacheManager,
    private readonly budget: BufferBudget,
    @Inject(HTTP_LIMITS) private readonly limits: HttpLimits,
  ) {}

  /** The response, whose head is written, gets what happens from now on until its client leaves or the process stops. */
  add(response: ServerResponse): void {
    const reader = new EventReader(this.logs, response, this.budget);
    if (this.stopped) {
      reader.end();
      return;
    }
    this.readers.add(reader);
    this.subscription ??= this.subscribe();
    response.once('close', () => {
      this.readers.delete(reader);
      if (this.readers.size === 0) this.unsubscribe();
    });
  }

  beforeApplicationShutdown(): void {
    this.stopped = true;
    for (const reader of this.readers) reader.end();
    this.readers.clear();
    this.unsubscribe();
  }

  private subscribe(): Subscription {
    // Clients hear of changes only, to the data nodes as they can find them now.
    for (const node of this.manager.nodes()) this.lastStates.set(node.id, stateText(node));
    const subscription = new Subscription();
    for (const [topic, log] of this.logs) {
      subscription.add(this.pubsub.subscribe(topic, (message) => this.append(log, message)));
    }
    const beats = setInterval(() => {
      for (const reader of this.readers) reader.beat();
    }, this.limits.heartbeat);
    subscription.add(() => clearInterval(beats));
    return subscription;
  }

  private unsubscribe(): void {
    this.subscription?.unsubscribe();
    this.subscription = undefined;
    this.lastStates.clear();
    for (const [, log] of this.logs) log.clear();
  }

  private append(log: EventLog, message: Message | Overflow): void {
    if (message.topic === 'node_status' && !this.isChange(message)) return;
    log.append((id) => eventText(message, id));
    this.news = true;
    if (this.pumping) return;
    this.pumping = true;
    // After the messages of this turn, which leave together.
    process.nextTick(this.pump);
  }

  private readonly pump = (): void => {
    if (!this.news) {
      this.pumping = false;
      return;
    }
    this.news = false;
    const start = performance.now();
    for (const reader of this.readers) reader.pump();
    setTimeout(this.pump, REST * (performance.now() - start)).unref();
  };

  /** Most reports of a data node say that it goes on as before. */
  private isChange({ node: id, incarnation, state }: NodeStatus): boolean {
    const text = stateText({ id, incarnation, state });
    if (this.lastStates.get(id) === text) return false;
    this.lastStates.set(id, text);
    return true;
  }
}

function stateText({ incarnation, state }: NodeState): string {
  return `${incarnation} ${state}`;
}
