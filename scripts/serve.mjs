// `nx serve <app>`, as `node scripts/serve.mjs <app>`: builds, runs, and restarts the server after each change that compiles.
//
// Several may run side by side, with different environments, in one workspace. They share what the compiler writes, so
// only one of them compiles: the first, which listens on a socket in `dist`. The others connect to it, and hear of each
// build that succeeded. When the first one ends, the socket closes, and the others try to take its place.
//
// The server restarts when a whole build is written, never in the middle of one; a build that fails changes nothing.
// `node --watch` would restart it after each file that the compiler writes.

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const workspace = fileURLToPath(new URL('..', import.meta.url));
const app = process.argv[2];
if (app === undefined) {
  console.error('Usage: node scripts/serve.mjs <app>');
  process.exit(2);
}
const project = `${workspace}apps/${app}`;
const main = `${workspace}dist/apps/${app}/main.js`;
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const socketPath =
  process.platform === 'win32'
    ? `\\\\.\\pipe\\${workspace}${app}-serve`
    : `${workspace}dist/${app}-serve.sock`;

/** What the compiler prints when everything compiled and is written. */
const SUCCESS = /Found 0 errors\. Watching/;

const children = new Set();
let server;
let ending = false;

/** In a group of its own, so that a Ctrl-C in the terminal reaches it once, from here. */
function start(args, options) {
  const child = spawn(process.execPath, args, { detached: true, ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

function ended(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', resolve);
  });
}

// Restarts happen one after the other; builds that finish meanwhile need one more restart, not one each.
let restarting = Promise.resolve();
let wanted = 0;

function restart() {
  const build = ++wanted;
  restarting = restarting.then(async () => {
    if (ending || build !== wanted) return;
    if (server !== undefined) {
      server.kill('SIGTERM');
      await ended(server);
      if (ending) return;
    }
    server = start([main], { stdio: 'inherit' });
    server.once('exit', (code) => {
      if (code !== 0 && !ending) console.error('The server ended. It starts again after the next change.');
    });
  });
}

/** Compiles, and tells the followers of each success. */
function lead(lock) {
  const followers = new Set();
  let built = false;
  lock.on('connection', (follower) => {
    followers.add(follower);
    follower.on('close', () => followers.delete(follower)).on('error', () => undefined);
    if (built) follower.write('built\n');
  });
  const watch = start([compiler, '--build', '--watch', '--preserveWatchOutput', 'tsconfig.app.json'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: watch.stdout }).on('line', (line) => {
    console.log(line);
    if (!SUCCESS.test(line)) return;
    built = true;
    for (const follower of followers) follower.write('built\n');
    restart();
  });
  watch.once('exit', () => end(1));
}

function follow(leader) {
  leader.on('data', restart).on('error', () => undefined);
  leader.once('close', () => {
    if (!ending) elect();
  });
}

/** Follows the leader, or becomes it. Binding the socket decides between those who try at the same moment. */
function elect() {
  const leader = connect(socketPath);
  leader.once('connect', () => {
    leader.removeAllListeners('error');
    follow(leader);
  });
  leader.once('error', (error) => {
    // Nobody listens on it any more: its owner was killed.
    if (error.code === 'ECONNREFUSED') rmSync(socketPath, { force: true });
    const lock = createServer();
    lock.once('error', elect);
    lock.listen(socketPath, () => lead(lock));
  });
}

function end(code) {
  if (ending) return;
  ending = true;
  const running = [...children];
  for (const child of running) child.kill('SIGTERM');
  Promise.all(running.map(ended)).then(() => process.exit(code));
}

process
  .on('SIGINT', () => end(0))
  .on('SIGTERM', () => end(0))
  .on('SIGHUP', () => end(0));
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

mkdirSync(`${workspace}dist`, { recursive: true });
elect();
