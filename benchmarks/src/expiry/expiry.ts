// A great many keys that are due in the same millisecond: how long they take to leave, and how long others wait meanwhile.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { ourBuild } from '../build.ts';
import { commandsInChunks, KEY_BYTES } from '../fill.ts';
import { describeMachine } from '../machine.ts';
import { short } from '../mode.ts';
import { RespServerProcess } from '../resp-server.ts';
import { printTable } from '../table.ts';

const KEYS = short ? 50_000 : 1_500_000;
const ROUNDS = short ? 2 : 6;
const MAX_MEMORY = '1gb';
/** Milliseconds from the beginning of a round until the keys are due: more than it takes to set them. */
const TIME_TO_LIVE = short ? 2_000 : 12_000;

/** What is promised, in milliseconds. */
const MOST_TO_LEAVE = 3_000;
const LONGEST_WAIT = 5;

/** Milliseconds between two questions while the server is left alone: nothing may wait for somebody to ask. */
const PAUSE = 100;

interface Round {
  /** Whether somebody asked all the time. */
  readonly asked: boolean;
  /** From when the keys were due until none was left. */
  readonly left: number;
  /** The longest round trip of a command in that time, */
  readonly wait: number;
  /** and in a second before. */
  readonly waitBefore: number;
}

class Connection {
  readonly #socket: Socket;

  constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
  }

  /** The number that the server answers. */
  async count(): Promise<number> {
    this.#socket.write('*1\r\n$6\r\nDBSIZE\r\n');
    const [answer] = (await once(this.#socket, 'data')) as [Buffer];
    return Number(answer.toString('latin1', 1));
  }

  /** Sends commands, and waits for their answers of five bytes. */
  async send(commands: Iterable<Buffer>): Promise<void> {
    let answers = 0;
    const count = (bytes: Buffer): void => {
      answers += bytes.length;
    };
    this.#socket.on('data', count);
    for (const chunk of commands) if (!this.#socket.write(chunk)) await once(this.#socket, 'drain');
    while (answers < KEYS * '+OK\r\n'.length) await once(this.#socket, 'data');
    this.#socket.off('data', count);
  }

  close(): void {
    this.#socket.destroy();
  }
}

async function round(server: RespServerProcess, asked: boolean): Promise<Round> {
  const connection = new Connection(server.port);
  const due = Date.now() + TIME_TO_LIVE;
  const set = (key: string): string =>
    `*5\r\n$3\r\nSET\r\n$${KEY_BYTES}\r\n${key}\r\n$5\r\nvalue\r\n$4\r\nPXAT\r\n$13\r\n${due}\r\n`;
  await connection.send(commandsInChunks(KEYS, set));
  if ((await connection.count()) !== KEYS) throw new Error('The keys were due before all were there');
  let [wait, waitBefore] = [0, 0];
  for (;;) {
    const start = performance.now();
    const keys = await connection.count();
    const took = performance.now() - start;
    const now = Date.now();
    if (now > due) wait = Math.max(wait, took);
    else if (now > due - 1_000) waitBefore = Math.max(waitBefore, took);
    if (keys > 0) {
      if (!asked) await pause(PAUSE);
      continue;
    }
    connection.close();
    return { asked, left: now - due, wait, waitBefore };
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

console.log(describeMachine());
const server = await RespServerProcess.startOwn(ourBuild, 'data-node-server', MAX_MEMORY);
try {
  const rounds: Round[] = [];
  while (rounds.length < ROUNDS) rounds.push(await round(server, rounds.length % 2 === 1));
  const left = median(rounds.map((each) => each.left));
  const wait = median(rounds.filter((each) => each.asked).map((each) => each.wait));
  const kept = (value: number, limit: number): string => (value <= limit ? 'kept' : 'BROKEN');
  printTable(
    `${KEYS.toLocaleString('en')} keys due in the same millisecond, in milliseconds`,
    ['round', 'commands meanwhile', 'all left after', 'longest wait', 'longest wait before'],
    rounds.map((each, i) => [
      String(i + 1),
      each.asked ? 'all the time' : 'few',
      each.left.toFixed(0),
      each.wait.toFixed(2),
      each.waitBefore.toFixed(2),
    ]),
  );
  console.log(
    `\nMedian until all left: ${left.toFixed(0)} ms, at most ${MOST_TO_LEAVE}: ${kept(left, MOST_TO_LEAVE)}`,
  );
  console.log(
    `Median of the longest waits: ${wait.toFixed(2)} ms, at most ${LONGEST_WAIT}: ${kept(wait, LONGEST_WAIT)}`,
  );
  if (!short && (left > MOST_TO_LEAVE || wait > LONGEST_WAIT)) process.exitCode = 1;
} finally {
  await server.stop();
}
