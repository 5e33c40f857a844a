import { describe, expect, test } from '@jest/globals';
import {
  InMemoryPubSub,
  type ClientMessage,
  type MessageOf,
  type Overflow,
  type SubscribeOptions,
  type Topic,
} from '@distributed-cache/pubsub';
import type { Subscription } from 'rxjs';
import { createServer, encode, parseReplies, TestClient } from '../testing/test-client.ts';

describe('Channels', () => {
  test('messages reach the clients of other servers, and each client once', async () => {
    const pubsub = new InMemoryPubSub();
    const [here, there] = [createServer({ pubsub }), createServer({ pubsub })];
    const [mine, theirs, publisher] = [new TestClient(here), new TestClient(there), new TestClient(here)];
    mine.ask('subscribe', 'news');
    theirs.ask('psubscribe', 'n*');
    for (const payload of ['1', '2']) expect(publisher.ask('publish', 'news', payload)).toBe(':1\r\n');
    new TestClient(there).ask('publish', 'news', '3');
    const payloads = (client: TestClient): string[] =>
      parseReplies(client.read()).map((reply) => (reply as Buffer[]).at(-1)!.toString());
    expect(payloads(mine)).toEqual(['1', '2']);
    expect(payloads(theirs)).toEqual(['3']);
    await pubsub.close();
    expect(payloads(mine)).toEqual(['3']);
    expect(payloads(theirs)).toEqual(['1', '2']);
  });

  test('a server takes from others only what somebody listens to', () => {
    let filter!: (message: ClientMessage) => boolean;
    class Witness extends InMemoryPubSub {
      override subscribe<T extends Topic>(
        topic: T,
        handler: (message: MessageOf<T> | Overflow) => void,
        options: SubscribeOptions<MessageOf<T>>,
      ): Subscription {
        filter = options.filter as typeof filter;
        return super.subscribe(topic, handler, options);
      }
    }
    const client = new TestClient(createServer({ pubsub: new Witness() }));
    client.ask('subscribe', 'news');
    client.ask('psubscribe', 'w*r');
    const takes = (channel: string): boolean =>
      filter({ topic: 'client_message', origin: '', channel: Buffer.from(channel), payload: Buffer.of() });
    expect(['news', 'weather', 'other'].map(takes)).toEqual([true, true, false]);
  });

  test('a client that listens to what it publishes itself gets it after the answer', () => {
    const client = new TestClient(createServer());
    client.ask('hello', 3);
    const message = '>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\n1\r\n';
    const subscribed = '>3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n';
    const unsubscribed = '>3\r\n$11\r\nunsubscribe\r\n$1\r\nc\r\n:0\r\n';
    const publish = encode('publish', 'c', '1');
    const pipeline = Buffer.concat([encode('subscribe', 'c'), publish, encode('unsubscribe', 'c')]);
    expect(client.write(pipeline).toString()).toBe(`${subscribed}:1\r\n${message}${unsubscribed}`);

    client.ask('subscribe', 'c');
    const transaction = Buffer.concat([encode('multi'), publish, encode('ping'), encode('exec')]);
    const queued = '+QUEUED\r\n'.repeat(2);
    expect(client.write(transaction).toString()).toBe(`+OK\r\n${queued}*2\r\n:1\r\n+PONG\r\n${message}`);

    client.ask('client', 'reply', 'off');
    expect(client.write(publish).toString()).toBe(message);
  });

  test('keyspace events and messages keep their order', () => {
    const server = createServer({ settings: { keyspaceEvents: 'AE' } });
    const [subscriber, writer] = [new TestClient(server), new TestClient(server)];
    subscriber.ask('psubscribe', '*');
    writer.write(Buffer.concat([encode('set', 'a', '1'), encode('publish', 'c', '2'), encode('del', 'a')]));
    const channels = parseReplies(subscriber.read()).map((reply) => (reply as Buffer[])[2]!.toString());
    expect(channels).toEqual(['__keyevent@0__:set', 'c', '__keyevent@0__:del']);
  });
});
