import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { send } from './support/http-client.ts';
import { WorkspaceCopy } from './support/workspace-copy.ts';

/** A running `nx serve cache-manager`. */
class Serve {
  private readonly child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<unknown>;
  output = '';

  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, ['node_modules/.bin/nx', 'serve', 'cache-manager'], {
      cwd,
      env: {
        ...env,
        HTTP_PORT: '0',
        RESP_PORT: 'off',
        NX_DAEMON: 'false',
        NO_COLOR: '1',
        PATH: process.env['PATH'],
      },
    });
    this.exited = once(this.child, 'close');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  /** Resolves with the text of the `count`th match. */
  async printed(pattern: RegExp, count = 1): Promise<string> {
    for (;;) {
      const match = [...this.output.matchAll(new RegExp(pattern, 'g'))][count - 1];
      if (match !== undefined) return match[1] ?? match[0];
      const ended = await Promise.race([
        once(this.child.stdout, 'data').then(() => false),
        this.exited.then(() => true),
      ]);
      if (ended) throw new Error(`serve ended: ${this.output}`);
    }
  }

  /** The address of the `count`th start of the server. */
  listening(count = 1): Promise<string> {
    return this.printed(/Listening on (http:\S+)/, count);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.exited;
  }
}

async function missMessage(origin: string): Promise<unknown> {
  return ((await send(origin, 'GET', '/?key=none')).json as { message: string }).message;
}

async function expectRefused(origin: string): Promise<void> {
  const { hostname, port } = new URL(origin);
  const [error] = (await once(connect(Number(port), hostname), 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
}

describe('nx serve cache-manager, twice side by side', () => {
  const CONTROLLER = 'apps/cache-manager/src/cache/cache.controller.ts';
  const MISS = 'There is no entry with this key.';
  let workspace: WorkspaceCopy;
  let one: Serve;
  let two: Serve;

  beforeAll(async () => {
    workspace = new WorkspaceCopy();
    one = new Serve(workspace.root, { DATA_NODES: '1' });
    // The second finds the first at work.
    await one.printed(/Starting compilation/);
    two = new Serve(workspace.root, { DATA_NODES: '2' });
  }, 240_000);

  afterAll(async () => {
    await Promise.all([one.end('SIGTERM'), two.end('SIGTERM')]);
    workspace.remove();
  });

  test('each runs with its own environment', async () => {
    expect((await send(await one.listening(), 'GET', '/nodes')).json).toHaveLength(1);
    expect((await send(await two.listening(), 'GET', '/nodes')).json).toHaveLength(2);
  }, 240_000);

  test('a change that does not compile leaves both running', async () => {
    workspace.edit(CONTROLLER, MISS, `${MISS}' + notDefined + '`);
    await one.printed(/Found 1 error/);
    for (const serve of [one, two]) expect(await missMessage(await serve.listening())).toBe(MISS);
    workspace.edit(CONTROLLER, `${MISS}' + notDefined + '`, MISS);
    await Promise.all([one.listening(2), two.listening(2)]);
  }, 240_000);

  test('a change of the app restarts both', async () => {
    workspace.edit(CONTROLLER, MISS, 'Nothing here.');
    for (const serve of [one, two]) expect(await missMessage(await serve.listening(3))).toBe('Nothing here.');
  }, 240_000);

  test('a change of a lib restarts both', async () => {
    workspace.edit('libs/cache/src/lib/errors.ts', 'A key has at most', 'No key has more than');
    const target = `/?key=${'x'.repeat(64 * 1024 + 1)}`;
    for (const serve of [one, two]) {
      const answer = await send(await serve.listening(4), 'GET', target);
      expect(answer.json).toMatchObject({
        statusCode: 413,
        message: expect.stringMatching(/^No key has more than/),
      });
    }
  }, 240_000);

  test('a signal ends one with all it started, and the other goes on restarting after changes', async () => {
    const origin = await one.listening(4);
    await one.end('SIGTERM');
    await expectRefused(origin);
    // The other takes over the compiling, which begins with a build.
    await two.listening(5);
    workspace.edit(CONTROLLER, 'Nothing here.', 'Nothing there.');
    const restarted = await two.listening(6);
    expect(await missMessage(restarted)).toBe('Nothing there.');
    await two.end('SIGINT');
    await expectRefused(restarted);
  }, 240_000);
});
