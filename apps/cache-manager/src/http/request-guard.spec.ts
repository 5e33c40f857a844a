import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { RequestGuard } from './request-guard.ts';

const LOOPBACK = {
  httpHost: '127.0.0.1',
  password: undefined,
  allowedHosts: ['cache.test', 'app.test:8080', '[fd00::1]'],
};
const guard = new RequestGuard(LOOPBACK);

type Headers = Readonly<Record<string, string>>;

/** A request as `node:http` hands it over. */
function request(headers: Headers, url = '/?key=a', httpVersion = '1.1'): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.httpVersion = httpVersion;
  message.url = url;
  message.headers = { ...headers };
  message.rawHeaders = Object.entries(headers).flat();
  return message;
}

function refusal(headers: Headers, url?: string, httpVersion?: string): string | undefined {
  const error = guard.refusal(request(headers, url, httpVersion));
  return error && `${error.getStatus()} ${error.message}`;
}

describe('Host', () => {
  test.each([
    ...['localhost', 'localhost:8080', 'LOCALHOST:1', 'localhost.', 'localhost.:8080', 'app.localhost:8080'],
    ...['127.0.0.1', '127.0.0.1:8080', '127.255.1.2', '[::1]', '[::1]:8080'],
    ...['cache.test', 'cache.test:9', 'Cache.Test.', 'app.test:8080', '[FD00::1]:80', 'localhost:'],
  ])('%s is accepted', (host) => {
    expect(refusal({ host })).toBeUndefined();
  });

  test.each([
    ...['rebind.evil', 'rebind.evil:8080', 'localhost.evil', 'notlocalhost', '127.0.0.1.evil', '127.evil'],
    ...['10.0.0.1', '[::2]', '[::ffff:127.0.0.1]', '::1', 'app.test', 'app.test:80', 'x.cache.test'],
    ...[
      '',
      ' ',
      'localhost:x',
      'localhost@evil',
      'evil#localhost',
      'evil/localhost',
      'a,localhost',
      '127.0.0.1:80:80',
    ],
    ...['2130706433', '0x7f.1', '127.1'],
  ])('%j is refused', (host) => {
    expect(refusal({ host })).toMatch(/^403 Host ".*" is not accepted: .*localhost.*ALLOWED_HOSTS.*PASSWORD/);
  });

  test('an accepted one does not open the door to the next', () => {
    expect(refusal({ host: 'localhost' })).toBeUndefined();
    expect(refusal({ host: 'rebind.evil' })).toMatch(/^403 /);
    expect(refusal({ host: 'rebind.evil' })).toMatch(/^403 /);
  });

  test('a long one is shown in part', () => {
    expect(refusal({ host: 'x'.repeat(10_000) })?.length).toBeLessThan(400);
  });

  test('is needed, but by HTTP/1.0', () => {
    expect(refusal({})).toBe('400 Host is missing.');
    expect(refusal({}, '/', '1.0')).toBeUndefined();
  });

  test('is sent once', () => {
    const message = request({ host: 'localhost' });
    message.rawHeaders = ['hOST', 'localhost', 'Host', 'rebind.evil'];
    expect(guard.refusal(message)?.getStatus()).toBe(400);
  });

  test('of an absolute target counts, too', () => {
    const host = 'localhost';
    expect(refusal({ host }, 'http://127.0.0.1:8080/?key=a')).toBeUndefined();
    expect(refusal({ host }, 'http://me:secret@localhost/?key=a')).toBeUndefined();
    expect(refusal({ host }, 'http://rebind.evil/?key=a')).toMatch(/^403 Host "rebind.evil"/);
    expect(refusal({ host }, 'HTTP://localhost@rebind.evil/')).toMatch(/^403 Host "rebind.evil"/);
    const refused = refusal({ host }, 'http://me:secret@rebind.evil/');
    expect(refused).toMatch(/^403 Host "rebind.evil"/);
    expect(refused).not.toContain('secret');
    expect(refusal({ host }, 'http:///?key=a')).toMatch(/^403 /);
  });
});

describe('Origin', () => {
  test.each([
    ['localhost:8080', 'http://localhost:8080'],
    ['localhost:8080', 'HTTP://LOCALHOST:8080'],
    ['localhost', 'http://localhost:80'],
    ['localhost:80', 'http://localhost'],
    ['[::1]:8080', 'http://[::1]:8080'],
    ['cache.test', 'https://cache.test'],
  ])('to %s from %s is accepted', (host, origin) => {
    expect(refusal({ host, origin })).toBeUndefined();
  });

  test.each([
    ['localhost:8080', 'https://evil'],
    ['localhost:8080', 'null'],
    ['localhost:8080', ''],
    ['localhost:8080', 'http://localhost:3000'],
    ['localhost:8080', 'http://localhost'],
    ['localhost:8080', 'http://127.0.0.1:8080'],
    ['localhost:8080', 'http://localhost:8080/x'],
    ['localhost:8080', 'http://localhost:8080, http://evil'],
    ['localhost:8080', 'chrome-extension://abc'],
    ['cache.test', 'http://app.test:8080'],
  ])('to %s from %j is refused', (host, origin) => {
    expect(refusal({ host, origin })).toMatch(/^403 Origin ".*" is another site: .*PASSWORD/);
  });

  test('is refused where there is no Host to compare it with', () => {
    expect(refusal({ origin: 'http://localhost' }, '/', '1.0')).toMatch(/^403 Origin/);
  });
});

describe('Sec-Fetch-Site', () => {
  test.each(['same-origin', 'same-site', 'none'])('%s is accepted', (site) => {
    expect(refusal({ host: 'localhost', 'sec-fetch-site': site })).toBeUndefined();
  });

  test('cross-site is refused', () => {
    expect(refusal({ host: 'localhost', 'sec-fetch-site': 'cross-site' })).toMatch(
      /^403 Sec-Fetch-Site is cross-site/,
    );
  });
});

describe('where the configuration decides', () => {
  const page = { host: 'rebind.evil', origin: 'https://evil', 'sec-fetch-site': 'cross-site' };

  test('everybody with the password may, and everybody whom ALLOW_OPEN lets in', () => {
    expect(new RequestGuard({ ...LOOPBACK, password: 'p' }).refusal(request(page))).toBeUndefined();
    expect(new RequestGuard({ ...LOOPBACK, httpHost: '0.0.0.0' }).refusal(request(page))).toBeUndefined();
  });

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is loopback', (httpHost) => {
    expect(new RequestGuard({ ...LOOPBACK, httpHost }).refusal(request(page))?.getStatus()).toBe(403);
  });

  test('Host must be there once, always', () => {
    const open = new RequestGuard({ ...LOOPBACK, httpHost: '0.0.0.0' });
    expect(open.refusal(request({}))?.getStatus()).toBe(400);
  });
});
