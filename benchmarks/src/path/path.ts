import { once } from 'node:events';
import { connect } from 'node:net';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Build } from '../build.ts';
import { Observer, type Call } from './observer.ts';

// Prints the functions of ours that one `get` runs, through each door, in their order: how many files somebody has to read
// to follow it.

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const [HTTP_PORT, RESP_PORT] = [18_080, 18_081];

interface Door {
  readonly name: string;
  readonly port: number;
  readonly write: string;
  readonly read: string;
  readonly mostFiles: number;
}

const DOORS: readonly Door[] = [
  {
    name: 'HTTP get',
    port: HTTP_PORT,
    write: 'POST /?key=k&value=v HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n',
    read: 'GET /?key=k HTTP/1.1\r\nHost: localhost\r\n\r\n',
    mostFiles: 8,
  },
  {
    name: 'GET at the port for Redis clients',
    port: RESP_PORT,
    write: '*3\r\n$3\r\nset\r\n$1\r\nk\r\n$1\r\nv\r\n',
    read: '*2\r\n$3\r\nget\r\n$1\r\nk\r\n',
    mostFiles: 9,
  },
];

/** A function's file, as it is in the repository. */
function sourceOf(file: string): string {
  return relative(ROOT, file)
    .replace(/^(libs\/[^/]+)\/dist\//, '$1/src/')
    .replace(/^dist\/(apps\/[^/]+)\//, '$1/src/')
    .replace(/\.js$/, '.ts');
}

/** Up to the first function of the store: what comes after belongs to the answer. */
function beforeTheStore(calls: readonly Call[]): Call[] {
  const first = calls.findIndex(({ file }) => sourceOf(file).startsWith('libs/store/'));
  return calls.slice(0, first < 0 ? calls.length : first);
}

async function observe(): Promise<void> {
  const root = pathToFileURL(ROOT).href;
  const observer = new Observer((url) => /^(libs\/[^/]+\/dist|dist\/apps)\//.test(url.slice(root.length)));
  let broken = false;
  for (const { name, port, write, read, mostFiles } of DOORS) {
    const socket = connect(port, '127.0.0.1');
    const ask = async (request: string): Promise<void> => {
      socket.write(request);
      await once(socket, 'data');
    };
    await ask(write);
    for (let warm = 0; warm < 20; warm++) await ask(read);
    const calls = beforeTheStore(await observer.callsDuring(() => ask(read)));
    socket.destroy();
    const files = [...new Set(calls.map(({ file }) => sourceOf(file)))];
    const kept = files.length > 0 && files.length <= mostFiles;
    broken ||= !kept;
    console.log(
      `\n${name}: ${files.length} files before the store, at most ${mostFiles}: ${kept ? 'kept' : 'BROKEN'}`,
    );
    for (const file of files) {
      const names = calls.filter((call) => sourceOf(call.file) === file).map((call) => call.name);
      console.log(`  ${file}: ${names.join(', ')}`);
    }
  }
  observer.end();
  parentPort?.postMessage({ broken });
}

async function main(): Promise<void> {
  const build = new Build(ROOT);
  Object.assign(process.env, {
    HTTP_PORT: String(HTTP_PORT),
    RESP_PORT: String(RESP_PORT),
    LOG_LEVEL: 'warn',
  });
  await import(pathToFileURL(build.main('cache-manager')).href);
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: 'observe' });
  const [{ broken }] = (await once(worker, 'message')) as [{ broken: boolean }];
  process.exit(broken ? 1 : 0);
}

if (isMainThread) await main();
else if (workerData === 'observe') await observe();
