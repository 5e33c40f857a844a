// The peer that cannot be beaten: node:http and a Map, and no more than the answer needs.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const values = new Map([['123456', 'hello']]);
const prefix = '/?key=';

const server = createServer((request, response) => {
  const { url = '' } = request;
  const key = decodeURIComponent(url.slice(prefix.length));
  const value = values.get(key);
  const body = JSON.stringify(value === undefined ? { statusCode: 404 } : { key, value, node: 'node-1' });
  response.writeHead(value === undefined ? 404 : 200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
});

server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
