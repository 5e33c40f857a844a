import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { must } from '@distributed-cache/test-kit';
import { commandsInChunks, type Dataset } from '../fill.ts';
import { freePort, SERVER_CORE, spawnPinned, stop } from '../process.ts';
import type { ChildProcess } from 'node:child_process';

const CONNECT_ATTEMPTS = 100;

/** memcached with its defaults, but as much memory as it may want; it does not take it before it needs it. */
export class MemcachedProcess {
  readonly #child: ChildProcess;
  readonly #socket: Socket;

  private constructor(child: ChildProcess, socket: Socket) {
    this.#child = child;
    this.#socket = socket;
  }

  static async start(): Promise<MemcachedProcess> {
    const port = await freePort();
    // It refuses to run as root.
    const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const child = spawnPinned(SERVER_CORE, [
      'memcached',
      '-l',
      '127.0.0.1',
      '-p',
      String(port),
      '-m',
      '4096',
      ...user,
    ]);
    // It says nothing when it is ready.
    for (let attempt = 1; ; attempt++) {
      const socket = connect(port, '127.0.0.1');
      try {
        await once(socket, 'connect');
        return new MemcachedProcess(child, socket.setEncoding('latin1'));
      } catch (error) {
        if (attempt === CONNECT_ATTEMPTS || child.exitCode !== null) throw error;
        await delay(50);
      }
    }
  }

  get pid(): number {
    return must(this.#child.pid);
  }

  async fill(dataset: Dataset): Promise<void> {
    const { valueBytes } = dataset;
    const value = 'x'.repeat(valueBytes);
    for (const chunk of commandsInChunks(
      dataset.keys,
      (key) => `set ${key} 0 0 ${valueBytes} noreply\r\n${value}\r\n`,
    )) {
      if (!this.#socket.write(chunk)) await once(this.#socket, 'drain');
    }
    const items = await this.#statistic('stats', 'curr_items');
    if (items !== dataset.keys) throw new Error(`memcached holds ${items} keys, not ${dataset.keys}`);
  }

  /** The pages of its slabs, and its hash table. */
  async bytes(): Promise<number> {
    return (
      (await this.#statistic('stats slabs', 'total_malloced')) +
      (await this.#statistic('stats', 'hash_bytes'))
    );
  }

  async stop(): Promise<void> {
    this.#socket.destroy();
    await stop(this.#child);
  }

  async #statistic(command: string, name: string): Promise<number> {
    let answer = '';
    this.#socket.write(`${command}\r\n`);
    while (!answer.endsWith('END\r\n')) answer += ((await once(this.#socket, 'data')) as [string])[0];
    const value = new RegExp(`^STAT ${name} (\\d+)\r$`, 'm').exec(answer)?.[1];
    if (value === undefined) throw new Error(`memcached has no ${name} in ${command}`);
    return Number(value);
  }
}
