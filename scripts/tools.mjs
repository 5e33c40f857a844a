// Installs the programs that tests and benchmarks drive and that npm cannot bring, from Debian's packages; where that
// is not possible, says what to install and why. Usage: node scripts/tools.mjs
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tools = [
  { command: 'curl', debianPackage: 'curl', use: 'the end-to-end tests make their requests with it' },
  { command: 'wrk', debianPackage: 'wrk', use: 'the load generator of benchmarks:http' },
  {
    command: 'redis-server',
    debianPackage: 'redis-server',
    service: true,
    use: 'tests compare the answers with its own',
  },
  { command: 'redis-cli', debianPackage: 'redis-tools', use: 'a client of the end-to-end tests' },
  { command: 'redis-benchmark', debianPackage: 'redis-tools', use: 'the load generator of benchmarks:resp' },
  {
    command: 'python3 with the module redis',
    debianPackage: 'python3-redis',
    // Debian's interpreter first: another one does not see Debian's packages.
    found: () => succeeds('python3', ['-c', 'import redis'], `/usr/bin${delimiter}${process.env.PATH ?? ''}`),
    use: 'a client of the end-to-end tests',
  },
  { command: 'memcached', debianPackage: 'memcached', service: true, use: 'a peer of benchmarks:memory' },
];

function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function succeeds(command, args, path) {
  return spawnSync(command, args, { stdio: 'ignore', env: { ...process.env, PATH: path } }).status === 0;
}

function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env }).status === 0;
}

/** Debian starts some programs as services when it installs them. Tests and benchmarks start their own. */
function stopServices(root, packages) {
  if (!onPath('systemctl')) return;
  for (const { debianPackage, service } of tools) {
    if (!service || !packages.includes(debianPackage)) continue;
    const [program, ...args] = [...root, 'systemctl', 'disable', '--now', debianPackage];
    run(program, args);
  }
}

/** Makes every tool available. Returns whether that succeeded; says on stderr what is missing otherwise. */
export function ensureTools() {
  const missing = () => tools.filter(({ command, found = () => onPath(command) }) => !found());
  const packages = [...new Set(missing().map(({ debianPackage }) => debianPackage))];
  if (packages.length === 0) return true;

  if (onPath('apt-get')) {
    const root = process.getuid?.() === 0 ? [] : onPath('sudo') ? ['sudo', '-n'] : undefined;
    if (root) {
      const [program, ...args] = [...root, 'apt-get'];
      console.log(`Installing ${packages.join(', ')}`);
      run(program, [...args, 'update', '-qq']);
      run(program, [...args, 'install', '-y', '-qq', '--no-install-recommends', ...packages]);
      stopServices(root, packages);
    }
  }
  const left = missing();
  for (const { command, debianPackage, use } of left) {
    console.error(`${command} is missing: ${use}. Install it (Debian: apt-get install ${debianPackage}).`);
  }
  return left.length === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(ensureTools() ? 0 : 1);
