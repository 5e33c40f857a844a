import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exchange, RawConnection, send, type Answer, type RequestOptions } from './support/http-client.ts';
import type { Environment, ServerProcess } from './support/server-process.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const MAX_KEY = 64 * KIB;
const MAX_VALUE = 8 * MIB;

/** The HTTP contract of the cache manager, for each way that a request can take to the controller. */
export function describeHttpContract(
  name: string,
  start: (env: Environment) => Promise<ServerProcess>,
): void {
  describe(`HTTP contract: ${name}`, () => {
    let server: ServerProcess;

    beforeAll(async () => {
      server = await start({});
    });

    afterAll(async () => {
      expect(await server.stop()).toEqual({ code: 0, signal: null });
      expect(server.stderr).toBe('');
    });

    const ask = (method: string, target: string, options?: RequestOptions): Promise<Answer> =>
      send(server.origin, method, target, options);

    function expectFailure(answer: Answer, status: number, error: string, message: RegExp): void {
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(answer.json).toEqual({ statusCode: status, error, message: expect.stringMatching(message) });
      expect(Object.keys(answer.json as object)).toEqual(['statusCode', 'error', 'message']);
    }

    describe('entries', () => {
      test('POST stores, GET reads, DELETE removes, and a miss is 404', async () => {
        const node = expect.stringMatching(/^node-[123]$/);
        const stored = await ask('POST', '/?key=123456&value=hello');
        expect(stored.status).toBe(200);
        expect(stored.headers['content-type']).toBe('application/json; charset=utf-8');
        expect(stored.json).toEqual({ key: '123456', value: 'hello', node });

        const read = await ask('GET', '/?key=123456');
        expect([read.status, read.text]).toEqual([200, stored.text]);

        const removed = await ask('DELETE', '/?key=123456');
        expect([removed.status, removed.json]).toEqual([200, { key: '123456' }]);

        expectFailure(await ask('GET', '/?key=123456'), 404, 'Not Found', /no entry/);
        expectFailure(await ask('DELETE', '/?key=123456'), 404, 'Not Found', /no entry/);
      });

      test('POST updates', async () => {
        await ask('POST', '/?key=updated&value=1');
        await ask('POST', '/?key=updated&value=2');
        expect((await ask('GET', '/?key=updated')).json).toMatchObject({ value: '2' });
      });

      test('an empty value is a value', async () => {
        expect((await ask('POST', '/?key=empty&value=')).json).toMatchObject({ key: 'empty', value: '' });
        expect((await ask('GET', '/?key=empty')).json).toMatchObject({ value: '' });
        expect((await ask('POST', '/?key=empty2&value')).json).toMatchObject({ value: '' });
      });

      test('a ttl ends an entry, and a set without one makes it stay', async () => {
        await ask('POST', '/?key=brief&value=v&ttl=1');
        await ask('POST', '/?key=long&value=v&ttl=281474976710656');
        await ask('POST', '/?key=kept&value=v&ttl=1');
        await ask('POST', '/?key=kept&value=v');
        let answer: Answer;
        do answer = await ask('GET', '/?key=brief');
        while (answer.status === 200);
        expect(answer.status).toBe(404);
        expect((await ask('GET', '/?key=long')).status).toBe(200);
        expect((await ask('GET', '/?key=kept')).status).toBe(200);
      });

      test('parameters that are not known are ignored', async () => {
        expect((await ask('POST', '/?a=1&key=other&b&value=v&&a=2')).json).toMatchObject({
          key: 'other',
          value: 'v',
        });
      });
    });

    describe('keys and values', () => {
      const planes = Array.from({ length: 17 }, (_, plane) => String.fromCodePoint(plane * 0x10000 + 0x1f3a));

      test.each([
        ['unreserved', 'AZaz09-._~', 'AZaz09-._~'],
        ['a plus for a space', 'a+b', 'a b'],
        ['a percent-encoded space', 'a%20b', 'a b'],
        ['a percent-encoded plus', 'a%2Bb', 'a+b'],
        ['an ampersand and an equals sign', 'a%26b%3Dc', 'a&b=c'],
        ['a bare equals sign', 'a=b=c', 'a=b=c'],
        ['NUL', 'a%00b', 'a\0b'],
        ['quotes, backslash, control characters', '%22%5C%0A%1F%7F', '"\\\n\u001f\u007f'],
        ['reserved characters as they are', "/?:@!$'()*,;[]", "/?:@!$'()*,;[]"],
        ['lower-case percent-encoding', '%c3%a9', 'é'],
        ['a byte order mark', '%EF%BB%BFa', '\ufeffa'],
        ['a line separator', '%E2%80%A8', '\u2028'],
        ['the last code point', '%F4%8F%BF%BF', '\u{10ffff}'],
        ['a name that is percent-encoded nowhere', 'constructor', 'constructor'],
        ['every Unicode plane', encodeURIComponent(planes.join('')), planes.join('')],
      ])('%s', async (_, encoded, text) => {
        const stored = await ask('POST', `/?key=${encoded}&value=${encoded}`);
        expect(stored.json).toMatchObject({ key: text, value: text });
        const read = await ask('GET', `/?key=${encoded}`);
        expect(read.json).toMatchObject({ key: text, value: text });
        expect(read.headers['content-length']).toBe(String(Buffer.byteLength(read.text)));
        expect((await ask('DELETE', `/?key=${encoded}`)).json).toEqual({ key: text });
      });

      test('names of parameters may be percent-encoded', async () => {
        expect((await ask('POST', '/?%6bey=named&v%61lue=v')).json).toMatchObject({
          key: 'named',
          value: 'v',
        });
      });

      test('a key of 64 KiB, percent-encoded, is stored', async () => {
        const key = 'é'.repeat(MAX_KEY / 2);
        const target = `/?key=${encodeURIComponent(key)}`;
        expect((await ask('POST', `${target}&value=v`)).json).toMatchObject({ key, value: 'v' });
        expect((await ask('GET', target)).status).toBe(200);
      });

      test.each(['GET', 'POST', 'DELETE'])('%s with a key of one byte more is 413', async (method) => {
        const target = `/?key=${encodeURIComponent('é'.repeat(MAX_KEY / 2))}x&value=v`;
        expectFailure(await ask(method, target), 413, 'Payload Too Large', /key/i);
      });
    });

    describe('bodies', () => {
      test.each([
        ['text', 'text/plain', 'hello', 'hello'],
        ['a form', 'application/x-www-form-urlencoded', 'a=b&c', 'a=b&c'],
        ['JSON that is broken', 'application/json', '{"a":', '{"a":'],
        ['a content type that is none', ';;', 'x', 'x'],
        ['UTF-8', 'text/plain; charset=latin1', 'é😀', 'é😀'],
      ])('%s is the value', async (_, type, body, value) => {
        const stored = await ask('POST', '/?key=body', { headers: { 'Content-Type': type }, body });
        expect(stored.json).toMatchObject({ key: 'body', value });
        expect((await ask('GET', '/?key=body')).text).toBe(stored.text);
      });

      test('one that is not UTF-8 comes back in base64', async () => {
        const bytes = Buffer.from([0, 0xff, 0xfe, 0x80, 0x41]);
        const stored = await ask('POST', '/?key=binary', { body: bytes });
        expect(stored.json).toMatchObject({
          key: 'binary',
          value: bytes.toString('base64'),
          encoding: 'base64',
        });
        expect((await ask('GET', '/?key=binary')).text).toBe(stored.text);
      });

      test('one in chunks is put together', async () => {
        const head =
          'POST /?key=chunked HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n';
        const answer = await exchange(server.port, `${head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`);
        expect(answer).toMatch(/^HTTP\/1\.1 200 OK[^]*"value":"abcde"/);
      });

      test('value wins over a body, an empty value too', async () => {
        expect((await ask('POST', '/?key=both&value=query', { body: 'body' })).json).toMatchObject({
          value: 'query',
        });
        expect((await ask('POST', '/?key=both&value=', { body: 'body' })).json).toMatchObject({ value: '' });
      });

      test('one of 8 MiB is stored', async () => {
        const body = 'x'.repeat(MAX_VALUE);
        expect((await ask('POST', '/?key=large', { body })).status).toBe(200);
        expect((await ask('GET', '/?key=large')).json).toMatchObject({ value: body });
      });

      test('one byte more is 413, and nothing is stored', async () => {
        const body = Buffer.alloc(MAX_VALUE + 1, 'x');
        expectFailure(await ask('POST', '/?key=larger', { body }), 413, 'Payload Too Large', /8388608/);
        expect((await ask('GET', '/?key=larger')).status).toBe(404);
      });

      test('one that is announced over the limit is refused before it is sent', async () => {
        const head = `POST /?key=announced HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${MAX_VALUE + 1}\r\n\r\n`;
        expect(await exchange(server.port, head)).toMatch(/^HTTP\/1\.1 413 [^]*\r\nConnection: close\r\n/);
      });

      test('one in chunks is refused at the first byte over the limit, while the client still sends', async () => {
        const connection = await RawConnection.open(server.port);
        connection.write(
          'POST /?key=endless HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
        );
        const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB, 'x'), Buffer.from('\r\n')]);
        for (let sent = 0; sent <= MAX_VALUE; sent += MIB) connection.write(chunk);
        await connection.until(/^HTTP\/1\.1 413 [^]*8388608/);
        await connection.closed;
        expect((await ask('GET', '/?key=endless')).status).toBe(404);
      });

      test('a client that asks first is told to go on, or refused without having sent anything', async () => {
        const head = (length: number): string =>
          `POST /?key=asked HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n`;
        const connection = await RawConnection.open(server.port);
        connection.write(head(5));
        await connection.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
        connection.write('hello');
        await connection.until(/HTTP\/1\.1 200 OK[^]*"value":"hello"/);

        const refused = await exchange(server.port, head(MAX_VALUE + 1));
        expect(refused).toMatch(/^HTTP\/1\.1 413 /);
      });

      test('a client that disconnects midway leaves nothing behind', async () => {
        await ask('POST', '/?key=midway&value=before');
        const connection = await RawConnection.open(server.port);
        connection.write('POST /?key=midway HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhalf');
        connection.socket.resetAndDestroy();
        await connection.closed;
        // A half request on another connection ends in the ordinary way.
        const polite = await RawConnection.open(server.port);
        polite.write(
          'POST /?key=midway HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n',
        );
        polite.socket.end();
        await polite.closed;
        expect((await ask('GET', '/?key=midway')).json).toMatchObject({ value: 'before' });
      });
    });

    describe('bad input', () => {
      const badRequests: [target: string, message: RegExp][] = [
        ['/', /^key is missing/],
        ['/?', /^key is missing/],
        ['/?value=v', /^key is missing/],
        ['/?Key=a&value=v', /^key is missing/],
        ['/?key=&value=v', /^key is empty/],
        ['/?key&value=v', /^key is empty/],
        ['/?key=a&key=b&value=v', /^key is repeated/],
        ['/?key=a&key=a&value=v', /^key is repeated/],
        ['/?key=a&%6bey=a&value=v', /^key is repeated/],
        ['/?key=a&value=v&value=w', /^value is repeated/],
        ['/?key=a&value=&value=', /^value is repeated/],
        ['/?key=a&value=v&ttl=1&ttl=1', /^ttl is repeated/],
        ...[
          '',
          '0',
          '-1',
          '%2B1',
          '+1',
          '1+',
          '1.0',
          '1e3',
          '0x10',
          'abc',
          '281474976710657',
          '9'.repeat(40),
        ].map((ttl): [string, RegExp] => [
          `/?key=a&value=v&ttl=${ttl}`,
          /^ttl must be an integer from 1 to 281474976710656/,
        ]),
        ['/?key=a%&value=v', /^key has broken percent-encoding/],
        ['/?key=a%4&value=v', /^key has broken percent-encoding/],
        ['/?key=%zz&value=v', /^key has broken percent-encoding/],
        ['/?key=a&value=%g0', /^value has broken percent-encoding/],
        ['/?key=a&value=v&ttl=%', /^ttl has broken percent-encoding/],
        ['/?key=a&value=v&other=%', /^other has broken percent-encoding/],
        ['/?key=a&value=v&%', /^The name of a parameter has broken percent-encoding/],
        ['/?key=%ff&value=v', /^key is not valid UTF-8/],
        ['/?key=%C0%80&value=v', /^key is not valid UTF-8/],
        ['/?key=%ED%A0%80&value=v', /^key is not valid UTF-8/],
        ['/?key=%F4%90%80%80&value=v', /^key is not valid UTF-8/],
        ['/?key=a&value=%e2%82', /^value is not valid UTF-8/],
      ];

      test.each(badRequests)('%s is 400', async (target, message) => {
        for (const method of ['GET', 'POST', 'DELETE']) {
          expectFailure(await ask(method, target), 400, 'Bad Request', message);
        }
      });

      test('POST with neither value nor body is 400', async () => {
        expectFailure(await ask('POST', '/?key=a'), 400, 'Bad Request', /^value is missing/);
        expectFailure(await ask('POST', '/?key=a', { body: '' }), 400, 'Bad Request', /^value is missing/);
      });

      test.each(['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH'])('%s is 405', async (method) => {
        const answer = await ask(method, '/?key=a&value=v');
        expectFailure(answer, 405, 'Method Not Allowed', /GET, POST and DELETE/);
        expect(answer.headers.allow).toBe('GET, POST, DELETE');
      });

      test('HEAD is 405 without a body', async () => {
        const answer = await ask('HEAD', '/?key=a');
        expect([answer.status, answer.headers.allow, answer.text]).toEqual([405, 'GET, POST, DELETE', '']);
      });

      test('request line and headers over 256 KiB are 431, just under it they are not', async () => {
        const head = (length: number): string =>
          `GET /?key=a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Filler: ${'x'.repeat(length)}\r\n\r\n`;
        expect(await exchange(server.port, head(255 * KIB))).toMatch(/^HTTP\/1\.1 404 /);
        const refused = await exchange(server.port, head(300 * KIB));
        expect(refused).toMatch(/^HTTP\/1\.1 431 /);
        expect(refused).toContain('"statusCode":431,"error":"Request Header Fields Too Large"');
        expect(await exchange(server.port, `GET /?key=${'x'.repeat(300 * KIB)} HTTP/1.1\r\n\r\n`)).toMatch(
          /^HTTP\/1\.1 431 /,
        );
      });

      test('what is no HTTP is 400', async () => {
        const answer = await exchange(server.port, 'nonsense\r\n\r\n');
        expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*application\/json[^]*"statusCode":400/);
      });

      test('a target that is not ASCII is 400', async () => {
        const request = Buffer.from('GET /?key=é HTTP/1.1\r\nHost: localhost\r\n\r\n');
        expect(await exchange(server.port, request)).toMatch(/^HTTP\/1\.1 400 [^]*percent-encoded/);
      });

      test('a fragment is 400: it would cut a key off', async () => {
        const answer = await exchange(
          server.port,
          'GET /?key=a#b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
        );
        expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      });
    });

    describe('targets', () => {
      test.each(['http://localhost/?key=target', '//?key=target', '/?key=target'])(
        '%s is the entry',
        async (target) => {
          await ask('POST', '/?key=target&value=v');
          expect((await ask('GET', target)).json).toMatchObject({ key: 'target', value: 'v' });
          expect((await ask('GET', target.replace('key', 'other'))).status).toBe(400);
          expect((await ask('HEAD', target)).status).toBe(405);
        },
      );

      test.each(['/x?key=target', '///?key=target', '/index.html', '/nodes/x'])(
        '%s is not found',
        async (target) => {
          expectFailure(await ask('GET', target), 404, 'Not Found', /Cannot GET/);
        },
      );
    });

    describe('request ids', () => {
      test.each(['/?key=a', '/', '/nodes', '/health/live', '/nowhere'])(
        '%s has one of its own',
        async (target) => {
          const [first, second] = [await ask('GET', target), await ask('GET', target)];
          expect(first.headers['x-request-id']).toMatch(/^[\w-]{8,32}$/);
          expect(first.headers['x-request-id']).not.toBe(second.headers['x-request-id']);
        },
      );

      test('a sane one of the client comes back, another does not', async () => {
        const answered = async (id: string): Promise<unknown> =>
          (await ask('POST', '/?key=id&value=v', { headers: { 'X-Request-Id': id } })).headers[
            'x-request-id'
          ];
        expect(await answered('4bf92f35-77b3.4da6:A3/ce929')).toBe('4bf92f35-77b3.4da6:A3/ce929');
        expect(await answered('two words')).not.toBe('two words');
        expect(await answered('x'.repeat(129))).not.toBe('x'.repeat(129));
      });
    });

    test('curl: the three commands of the README', async () => {
      const curl = async (...args: string[]): Promise<unknown> => {
        const { stdout } = await promisify(execFile)('curl', ['--silent', '--show-error', ...args]);
        return JSON.parse(stdout);
      };
      const url = `${server.origin}/?key=curl`;
      expect(await curl('-X', 'POST', `${url}&value=hello`)).toMatchObject({ key: 'curl', value: 'hello' });
      expect(await curl('-X', 'GET', url)).toMatchObject({ key: 'curl', value: 'hello' });
      expect(await curl('-d', 'hello=1&2', url)).toMatchObject({ key: 'curl', value: 'hello=1&2' });
      expect(await curl('-X', 'DELETE', url)).toEqual({ key: 'curl' });
      expect(await curl('-X', 'GET', url)).toMatchObject({ statusCode: 404 });
    });

    test('several requests on one connection are answered in order', async () => {
      const requests = [
        'POST /?key=line&value=1',
        'GET /?key=line',
        'PUT /',
        'DELETE /?key=line',
        'GET /nodes',
      ];
      const heads = requests.map((line) => `${line} HTTP/1.1\r\nHost: localhost\r\n`);
      const answers = await exchange(server.port, `${heads.join('\r\n')}Connection: close\r\n\r\n`);
      expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
        '200',
        '200',
        '405',
        '200',
        '200',
      ]);
    });

    test("an entry over the data node's budget is 413", async () => {
      const small = await start({ MAX_MEMORY: '1mb', MAX_VALUE_SIZE: '8mb' });
      const answer = await send(small.origin, 'POST', '/?key=a', { body: Buffer.alloc(2 * MIB) });
      expectFailure(answer, 413, 'Payload Too Large', /budget/);
      await small.stop();
    });

    describe('with a password', () => {
      let guarded: ServerProcess;

      beforeAll(async () => {
        guarded = await start({ PASSWORD: 'pass wörd' });
      });

      afterAll(() => guarded.stop());

      const bearer = (password: string): RequestOptions => ({
        headers: { Authorization: `Bearer ${Buffer.from(password).toString('latin1')}` },
      });

      test.each(['/?key=a', '/', '/nodes', '/events', '/docs', '/docs-json', '/nowhere'])(
        '%s is closed',
        async (target) => {
          for (const options of [
            {},
            bearer('wrong'),
            bearer(''),
            { headers: { Authorization: 'Basic cGFzcw==' } },
          ]) {
            const answer = await send(guarded.origin, 'GET', target, options);
            expectFailure(answer, 401, 'Unauthorized', /Bearer/);
            expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
          }
        },
      );

      test('nothing is stored without it', async () => {
        expect((await send(guarded.origin, 'POST', '/?key=a&value=v')).status).toBe(401);
        expect((await send(guarded.origin, 'GET', '/?key=a', bearer('pass wörd'))).status).toBe(404);
      });

      test.each(['/?key=a&value=v', '/nodes', '/docs-json'])('%s is open to who knows it', async (target) => {
        const method = target.startsWith('/?') ? 'POST' : 'GET';
        expect((await send(guarded.origin, method, target, bearer('pass wörd'))).status).toBe(200);
      });

      test.each(['/health/live', '/health/ready'])('%s is open', async (target) => {
        expect((await send(guarded.origin, 'GET', target)).status).toBe(200);
      });
    });
  });
}
