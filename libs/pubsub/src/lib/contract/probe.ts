import { BehaviorSubject, filter, firstValueFrom } from 'rxjs';
import type { Message, MessageOf, Topic } from '../messages.ts';
import type { Overflow } from '../pubsub.ts';

export function fail(reason: unknown = new Error('a subscriber failed')): never {
  throw reason;
}

export const never = new Promise<void>(() => undefined);

/** The next turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class Gate {
  open!: () => void;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** Remembers what it was handed, and lets a test wait for it. */
export class Probe<T extends Topic = 'topology'> {
  readonly seen: (MessageOf<T> | Overflow)[] = [];
  /** The same in short, for numbered messages. */
  readonly trace: (number | string)[] = [];
  readonly #count$ = new BehaviorSubject(0);

  readonly take = (message: MessageOf<T> | Overflow): void => {
    this.seen.push(message);
    this.trace.push(summary(message));
    this.#count$.next(this.seen.length);
  };

  readonly end = (): void => {
    this.trace.push('end');
  };

  async reaches(count: number): Promise<void> {
    await firstValueFrom(this.#count$.pipe(filter((seen) => seen >= count)));
  }
}

function summary(message: Message | Overflow): number | string {
  switch (message.topic) {
    case 'topology':
      return message.epoch;
    case 'overflow':
      return `${message.dropped} dropped`;
    default:
      return message.topic;
  }
}
