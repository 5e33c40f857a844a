import { setTimeout as pause } from 'node:timers/promises';
import { must } from '@distributed-cache/test-kit';
import { short } from '../mode.ts';
import { command, StormClient } from './client.ts';

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * KIBIBYTE;
/** How much of a storm the short form keeps. */
const scaled = (count: number): number => (short ? Math.ceil(count / 5) : count);

export interface Storm {
  readonly name: string;
  /** Does its worst to the server at `port`, and leaves no connection open. */
  readonly run: (port: number) => Promise<void>;
}

async function connectMany(port: number, count: number): Promise<StormClient[]> {
  const clients: StormClient[] = [];
  for (let i = 0; i < count; i++) clients.push(await StormClient.connect(port));
  return clients;
}

function repeated(count: number, bytes: Buffer): Buffer {
  return Buffer.alloc(count * bytes.length, bytes);
}

/** Publishes 10 MB at a time, and waits for the answers. */
async function publish(port: number, rounds: number, receivers: number): Promise<void> {
  const publisher = await StormClient.connect(port);
  const together = 100;
  const batch = repeated(together, command('PUBLISH', 'c', 'x'.repeat(100_000)));
  const answers = together * `:${receivers}\r\n`.length;
  for (let round = 1; round <= rounds; round++) {
    await publisher.send(batch);
    await publisher.received(round * answers);
  }
  publisher.close();
}

async function publishToNobody(port: number): Promise<void> {
  const elsewhere = await StormClient.connect(port);
  await elsewhere.send(command('SUBSCRIBE', 'c2'));
  await publish(port, scaled(60), 0);
  elsewhere.close();
}

async function publishToMany(port: number): Promise<void> {
  const subscribers = await connectMany(port, 20);
  for (const each of subscribers) await each.send(command('SUBSCRIBE', 'c'));
  for (const each of subscribers) await each.received(1);
  // Some do not read, and are closed after a while; then there are fewer receivers, and shorter answers.
  for (const each of subscribers.slice(0, 10)) each.stall();
  const publisher = await StormClient.connect(port);
  const batch = repeated(100, command('PUBLISH', 'c', 'x'.repeat(100_000)));
  for (let round = 1; round <= scaled(30); round++) {
    await publisher.send(batch);
    await publisher.received(round * 100 * ':9\r\n'.length);
  }
  for (const each of [publisher, ...subscribers]) each.close();
}

/** Clients that ask for far more than they read. */
async function slowReaders(port: number): Promise<void> {
  const clients = await connectMany(port, scaled(50));
  const writer = must(clients[0]);
  await writer.send(command('SET', 'large', 'x'.repeat(MEBIBYTE)));
  await writer.received(1);
  for (const each of clients) each.stall();
  for (const each of clients) each.push(repeated(500, command('GET', 'large')));
  await pause(2_000);
  for (const each of clients) each.close();
}

async function halfCommands(port: number): Promise<void> {
  const clients = await connectMany(port, scaled(150));
  const half = Buffer.concat([
    Buffer.from(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${8 * MEBIBYTE}\r\n`),
    Buffer.alloc(6 * MEBIBYTE, 'x'),
  ]);
  for (const each of clients) await each.send(half);
  await pause(500);
  for (const each of clients) each.close();
}

async function transactions(port: number): Promise<void> {
  const clients = await connectMany(port, scaled(50));
  const queued = Buffer.concat([command('MULTI'), repeated(100, command('SET', 'k', 'x'.repeat(100_000)))]);
  for (const each of clients) await each.send(queued);
  await pause(500);
  for (const each of clients) each.close();
}

async function watchedKeys(port: number): Promise<void> {
  const clients = await connectMany(port, scaled(20));
  const keys = Array.from({ length: 1_000 }, (_, i) => `${i}:`.padEnd(KIBIBYTE, 'x'));
  const watch = repeated(20, command('WATCH', ...keys));
  for (const each of clients) await each.send(watch);
  await pause(500);
  for (const each of clients) each.close();
}

/** A hundred megabytes for one command. */
async function giantAnswers(port: number): Promise<void> {
  const clients = await connectMany(port, scaled(10));
  const writer = must(clients[0]);
  await writer.send(command('SET', 'large', 'x'.repeat(MEBIBYTE)));
  await writer.received(1);
  const names = Array.from({ length: 100 }, () => 'large');
  for (const each of clients) await each.send(command('MGET', ...names));
  for (const each of clients) await each.received(100 * MEBIBYTE);
  for (const each of clients) each.stall();
  for (const each of clients) each.push(repeated(5, command('MGET', ...names)));
  await pause(2_000);
  for (const each of clients) each.close();
}

async function listsOfKeys(port: number): Promise<void> {
  const count = scaled(100_000);
  const clients = await connectMany(port, 20);
  const sets = Array.from({ length: count }, (_, i) =>
    command('SET', `a key to be listed, number ${i}`, 'v'),
  );
  const writer = must(clients[0]);
  await writer.send(Buffer.concat(sets));
  await writer.received(count * '+OK\r\n'.length);
  for (const each of clients) each.stall();
  for (const each of clients) each.push(repeated(10, command('KEYS', '*')));
  await pause(2_000);
  for (const each of clients) each.close();
}

/** Sizes that no buffer fits, and more bytes than the budget. */
async function oddSizes(port: number): Promise<void> {
  const clients = await connectMany(port, 20);
  const commands = scaled(2_000);
  const value = 'x'.repeat(2 * MEBIBYTE);
  await Promise.all(
    clients.map(async (client, n) => {
      for (let i = n; i < commands; i += clients.length) {
        const size = 1 + ((i * 7_919_017) % (i % 10 === 0 ? value.length : 64 * KIBIBYTE));
        await client.send(command('SET', `odd:${i}`, value.slice(0, size)));
        await client.send(command('APPEND', `odd:${i % 97}`, value.slice(0, size >>> 3)));
      }
    }),
  );
  for (const each of clients) {
    await each.send(command('PING'));
    each.close();
  }
}

async function manyConnections(port: number): Promise<void> {
  for (let wave = 0; wave < scaled(10); wave++) {
    const clients = await connectMany(port, 500);
    for (const each of clients) await each.send(command('SET', 'k', 'x'.repeat(20 * KIBIBYTE)));
    for (const each of clients) await each.received(1);
    for (const each of clients) each.close();
  }
}

export const STORMS: readonly Storm[] = [
  { name: 'messages for nobody', run: publishToNobody },
  { name: 'messages for subscribers, slow and fast', run: publishToMany },
  { name: 'answers that are not read', run: slowReaders },
  { name: 'halves of commands', run: halfCommands },
  { name: 'transactions that are not run', run: transactions },
  { name: 'watched keys', run: watchedKeys },
  { name: 'answers of 100 MiB', run: giantAnswers },
  { name: 'lists of all keys', run: listsOfKeys },
  { name: 'values of odd sizes', run: oddSizes },
  { name: 'connections that come and go', run: manyConnections },
];
