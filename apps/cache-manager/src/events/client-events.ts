import { setImmediate } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import type { Message, NodeStatus, Overflow, PubSub, SubscribeOptions } from '@distributed-cache/pubsub';
import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import { eventOf } from './event-json.ts';

const TOPICS = ['cache_invalidation', 'node_status', 'topology', 'node_key_assignment'] as const;

/** What may wait for one client, per topic. What is over this is dropped, and an overflow event says so. */
const BACKLOG: SubscribeOptions = { limit: 1_000, limitBytes: 2 ** 20 };

interface NodeState {
  readonly id: string;
  readonly incarnation: string;
  readonly state: string;
}

export interface ClientEventsOptions {
  readonly pubsub: PubSub;
  /** The data nodes as the client finds them: it hears of changes only. */
  readonly nodes: readonly NodeState[];
  /** The client's connection: how fast it takes events decides how fast they are handed out. */
  readonly response: ServerResponse;
  /** Emits when the process stops; a late subscriber hears of it too. */
  readonly stop$: Observable<void>;
  /** Milliseconds between signs of life. A client that takes nothing for as long is cut off. */
  readonly heartbeat: number;
}

/** The events for one client of `/events`, from now on until it leaves or the process stops. */
export function clientEvents({
  pubsub,
  nodes,
  response,
  stop$,
  heartbeat,
}: ClientEventsOptions): Observable<MessageEvent> {
  return new Observable((subscriber) => {
    const lastStates = new Map(nodes.map((node) => [node.id, stateText(node)]));
    const handle = async (message: Message | Overflow): Promise<void> => {
      if (message.topic === 'node_status' && !isChange(message, lastStates)) return;
      subscriber.next(eventOf(message));
      // The event passes two streams on its way to the connection, each in a turn of its own.
      await setImmediate();
      if (response.writableNeedDrain) await drainOrClose(response);
    };
    for (const topic of TOPICS) subscriber.add(pubsub.subscribe(topic, handle, BACKLOG));

    subscriber.add(keepAlive(response, heartbeat, () => subscriber.next({ comment: 'alive' })));
    subscriber.add(
      stop$.subscribe(() => {
        if (response.writableNeedDrain) response.destroy();
        subscriber.complete();
      }),
    );
  });
}

/** Most reports of a data node say that it goes on as before. */
function isChange({ node: id, incarnation, state }: NodeStatus, lastStates: Map<string, string>): boolean {
  const text = stateText({ id, incarnation, state });
  if (lastStates.get(id) === text) return false;
  lastStates.set(id, text);
  return true;
}

function stateText({ incarnation, state }: NodeState): string {
  return `${incarnation} ${state}`;
}

function drainOrClose(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

/** Calls `beat` at intervals; cuts off a client that has been taking nothing from one beat to the next. */
function keepAlive(response: ServerResponse, interval: number, beat: () => void): () => void {
  let stuck = false;
  const onDrain = (): void => {
    stuck = false;
  };
  response.on('drain', onDrain);
  const timer = setInterval(() => {
    if (!response.writableNeedDrain) beat();
    else if (stuck) response.destroy();
    else stuck = true;
  }, interval);
  return () => {
    clearInterval(timer);
    response.off('drain', onDrain);
  };
}
