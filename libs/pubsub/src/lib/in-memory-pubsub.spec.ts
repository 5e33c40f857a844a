import { describe, expect, jest, test } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { InvalidOptionError, MalformedMessageError } from './errors.ts';
import { InMemoryPubSub, type InMemoryPubSubOptions } from './in-memory-pubsub.ts';
import type { Message, Topic, TopologyChange } from './messages.ts';
import { describePubSubContract } from './pubsub-contract.ts';
import type { Overflow, SubscribeOptions } from './pubsub.ts';

describePubSubContract('InMemoryPubSub', () => {
  const bus = new InMemoryPubSub({ closeTimeout: 10, onHandlerError: () => undefined });
  return { publisher: bus, subscriber: bus, settle: () => Promise.resolve(), dispose: () => bus.close() };
});

const numbered = (epoch: number): TopologyChange => ({ topic: 'topology', epoch, members: [] });
const failure = new Error('subscriber');
const fail = (): never => {
  throw failure;
};

describe('InMemoryPubSub', () => {
  test('knows exactly who listens', async () => {
    const bus = new InMemoryPubSub();
    expect(bus.hasSubscribers('topology')).toBe(false);
    const messages$ = bus.messages$('topology');
    expect(bus.hasSubscribers('topology')).toBe(false);
    const subscriptions = [messages$.subscribe(), bus.subscribe('topology', () => undefined)];
    expect(bus.hasSubscribers('topology')).toBe(true);
    expect(bus.hasSubscribers('node_status')).toBe(false);
    for (const subscription of subscriptions) subscription.unsubscribe();
    expect(bus.hasSubscribers('topology')).toBe(false);
    bus.subscribe('topology', () => undefined);
    await bus.close();
    expect(bus.hasSubscribers('topology')).toBe(false);
  });

  test('encodes a message when someone listens, and only then', () => {
    const bus = new InMemoryPubSub();
    const malformed = { topic: 'topology', epoch: -1, members: [] } as Message;
    bus.publish(malformed);
    bus.subscribe('topology', () => undefined);
    expect(() => bus.publish(malformed)).toThrow(MalformedMessageError);
  });

  test('encodes nothing that every filter refuses', () => {
    const bus = new InMemoryPubSub();
    const malformed = { topic: 'topology', epoch: -1, members: [] } as Message;
    const subscription = bus.subscribe('topology', () => undefined, { filter: () => false });
    bus.publish(malformed);
    subscription.add(bus.subscribe('topology', () => undefined));
    expect(() => bus.publish(malformed)).toThrow(MalformedMessageError);
  });

  test("tells onHandlerError what a filter threw, and that is no failure of the publisher's", async () => {
    const reported: [unknown, Topic][] = [];
    const bus = new InMemoryPubSub({ onHandlerError: (error, topic) => reported.push([error, topic]) });
    bus.subscribe('topology', () => undefined, { filter: fail });
    bus.publish(numbered(1));
    expect(reported).toEqual([[failure, 'topology']]);
    await bus.close();
  });

  test.each([
    ['10,000 messages', 10_003, 0, 3],
    ['32 MiB', 5, 8 * 1024 * 1024, 2],
  ])('lets %s wait by default', async (_, published, size, dropped) => {
    const bus = new InMemoryPubSub();
    const first = firstValueFrom(bus.messages$('client_message'));
    const payload = new Uint8Array(size);
    for (let i = 0; i < published; i++)
      bus.publish({ topic: 'client_message', origin: '', channel: payload.subarray(0, 0), payload });
    const message = await first;
    // Not the message itself, because Jest would print megabytes of it.
    expect(message.topic === 'overflow' && message.dropped).toBe(dropped);
    await bus.close();
  });

  test('bounds a stream as it bounds a handler', async () => {
    const bus = new InMemoryPubSub();
    const seen: (TopologyChange | Overflow)[] = [];
    bus.messages$('topology', { limit: 2 }).subscribe((message) => seen.push(message));
    for (let n = 1; n <= 5; n++) bus.publish(numbered(n));
    await bus.close();
    expect(seen).toEqual([{ topic: 'overflow', of: 'topology', dropped: 3 }, numbered(4), numbered(5)]);
  });

  test('tells onHandlerError what failed, and where', async () => {
    const reported: [unknown, Topic][] = [];
    const bus = new InMemoryPubSub({ onHandlerError: (error, topic) => reported.push([error, topic]) });
    bus.subscribe('topology', fail);
    bus.subscribe('topology', () => Promise.reject(failure));
    bus.messages$('topology').subscribe(fail);
    bus.subscribe('client_message', () => undefined).add(fail);
    bus.publish(numbered(1));
    await bus.close();
    expect(reported).toEqual([
      [failure, 'topology'],
      [failure, 'topology'],
      [failure, 'topology'],
      [expect.objectContaining({ name: 'UnsubscriptionError', errors: [failure] }), 'client_message'],
    ]);
  });

  test.each<[string, InMemoryPubSubOptions]>([
    ['without onHandlerError', {}],
    ['when onHandlerError throws', { onHandlerError: fail }],
  ])('warns through the process %s', async (_, options) => {
    const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    try {
      const bus = new InMemoryPubSub(options);
      bus.subscribe('topology', fail);
      bus.publish(numbered(1));
      await bus.close();
      expect(emitWarning.mock.calls).toEqual([
        ['A subscriber of topology failed', { type: 'PubSubWarning', detail: failure.stack }],
      ]);
    } finally {
      emitWarning.mockRestore();
    }
  });

  test('waits for its subscribers once, however often it is closed', async () => {
    const bus = new InMemoryPubSub({ closeTimeout: 2 ** 31 - 1 });
    bus.subscribe('topology', () => undefined);
    bus.publish(numbered(1));
    await Promise.all([bus.close(), bus.close()]);
  });

  test.each<[string, SubscribeOptions]>([
    ['limit', { limit: 0 }],
    ['limit', { limit: 1.5 }],
    ['limit', { limit: NaN }],
    ['limitBytes', { limitBytes: -1 }],
  ])('refuses the option %s in %p', (option, options) => {
    const bus = new InMemoryPubSub();
    const refusal = expect.objectContaining({ code: 'INVALID_OPTION', option });
    expect(() => bus.subscribe('topology', () => undefined, options)).toThrow(refusal);
    expect(() => bus.messages$('topology', options)).toThrow(refusal);
    expect(bus.hasSubscribers('topology')).toBe(false);
  });

  test.each([0, 0.5, 2 ** 31, Infinity, NaN])('refuses a closeTimeout of %p', (closeTimeout) => {
    expect(() => new InMemoryPubSub({ closeTimeout })).toThrow(InvalidOptionError);
  });
});
