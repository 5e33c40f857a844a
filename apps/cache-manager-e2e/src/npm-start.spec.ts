import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { must } from '@distributed-cache/test-kit';
import { describe, expect, test } from '@jest/globals';
import { RawConnection } from './support/http-client.ts';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));

/** A running `npm start`, in a process group of its own, as in a terminal. */
async function start() {
  const npm = spawn('npm', ['start'], {
    cwd: workspace,
    detached: true,
    env: {
      ...{ HTTP_PORT: '0', RESP_PORT: 'off', NX_DAEMON: 'false', NO_COLOR: '1' },
      ...{ HOME: process.env['HOME'], PATH: process.env['PATH'] },
    },
  });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const closed = once(npm, 'close') as Promise<[code: number | null]>;
  const find = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(output)?.[1];
      if (found !== undefined) return found;
      await Promise.race([
        once(npm.stdout, 'data'),
        closed.then(() => Promise.reject(new Error(`npm start ended: ${output}`))),
      ]);
    }
  };
  const port = Number(await find(/Listening on http:\/\/127\.0\.0\.1:(\d+)/));
  return { npm, port, closed, output: () => output };
}

async function expectRefused(port: number): Promise<void> {
  const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
}

describe('npm start', () => {
  test.each([
    ['SIGTERM to npm, as a supervisor sends it', (pid: number) => process.kill(pid, 'SIGTERM')],
    [
      'Ctrl-C, which the terminal sends to all and npm passes on',
      (pid: number) => process.kill(-pid, 'SIGINT'),
    ],
  ])('ends the server gracefully on %s', async (_, signal) => {
    const { npm, port, closed, output } = await start();
    const request = await RawConnection.open(port);
    request.write(
      'POST /?key=late HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n',
    );
    await request.until(/100 Continue/);

    signal(must(npm.pid));
    while (!output().includes('stopping')) await once(npm.stdout, 'data');
    request.write('value');
    await request.until(/HTTP\/1\.1 200 OK[^]*"value":"value"/);
    await request.closed;
    expect(await closed).toEqual([0, null]);
    await expectRefused(port);
  });
});
