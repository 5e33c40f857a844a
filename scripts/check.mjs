// `npm test`: everything that must hold before a change is merged, in one command. The last line counts the tests.
import { spawn } from 'node:child_process';
import { ensureTools } from './tools.mjs';

// What runs alone keeps both cores to itself: real processes under load, whose deadlines are part of what is tested.
const steps = [
  { name: 'format', command: ['npx', 'prettier', '--check', '--log-level=warn', '.'] },
  { name: 'references', command: ['npx', 'nx', 'sync:check'] },
  {
    name: 'build, typecheck, lint, test',
    command: ['npx', 'nx', 'run-many', '-t', 'build', 'typecheck', 'lint', 'test', '--parallel=2'],
  },
  { name: 'e2e', command: ['npx', 'nx', 'run-many', '-t', 'e2e', '--parallel=1'] },
  { name: 'benchmarks, short', command: ['npx', 'nx', 'run', 'benchmarks:short'] },
];

const env = {
  ...process.env,
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  NX_DEFAULT_OUTPUT_STYLE: 'static',
};

/** Runs a command with its output shown; resolves to its exit code and output. */
function run([program, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
      process.stderr.write(chunk);
    });
    child.on('error', (error) => {
      console.error(error.message);
      resolve({ code: 1, output });
    });
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}

/** Sums what Jest's closing lines say: `Tests:  1 failed, 5 passed, 6 total`. */
function countTests(output) {
  // eslint-disable-next-line no-control-regex -- colours
  const lines = output.replace(/\u001b\[[0-9;]*m/g, '').matchAll(/^\s*Tests:\s+(.*)$/gm);
  const count = { passed: 0, failed: 0 };
  for (const [, summary] of lines) {
    for (const kind of ['passed', 'failed']) {
      count[kind] += Number(new RegExp(`(\\d+) ${kind}`).exec(summary)?.[1] ?? 0);
    }
  }
  return count;
}

if (!ensureTools()) process.exit(1);

const total = { passed: 0, failed: 0 };
for (const { name, command } of steps) {
  console.log(`\n== ${name}`);
  const { code, output } = await run(command);
  const { passed, failed } = countTests(output);
  total.passed += passed;
  // A step without tests of its own (or one that broke before them) counts as one failure.
  total.failed += failed === 0 && code !== 0 ? 1 : failed;
  if (code !== 0) console.error(`== ${name}: failed`);
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
