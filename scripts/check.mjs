// `npm test`: everything that must hold before a change is merged, in one command. The last line counts the tests.
import { spawn } from 'node:child_process';
import { ensureTools } from './tools.mjs';

// What runs alone keeps both cores to itself: real processes under load, whose deadlines are part of what is tested.
const steps = [
  { name: 'format', command: ['npx', 'prettier', '--check', '--log-level=warn', '.'] },
  { name: 'references', command: ['npx', 'nx', 'sync:check'] },
  // In one process: each project's own would read the types of Node.js and of other projects again, which takes twice as long.
  { name: 'lint', command: ['npx', 'eslint', '--max-warnings=0', '.'] },
  {
    name: 'build, typecheck, test',
    command: ['npx', 'nx', 'run-many', '-t', 'build', 'typecheck', 'test', '--parallel=2'],
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
  const lines = output.matchAll(/^\s*Tests:\s+(.*)$/gm);
  const count = { passed: 0, failed: 0 };
  for (const [, summary] of lines) {
    for (const kind of ['passed', 'failed']) {
      count[kind] += Number(new RegExp(`(\\d+) ${kind}`).exec(summary)?.[1] ?? 0);
    }
  }
  return count;
}

/** What Jest says of each test that failed: its name and its message, up to the next test or the end of its file. */
function failedTests(output) {
  const blocks = output.matchAll(/^ *● (?!Console\b).*\n(?:(?! *● |Test Suites:|PASS |FAIL ).*\n)*/gm);
  return [...blocks].map(([block]) => block.split('\n').slice(0, LINES_OF_A_FAILURE).join('\n').trimEnd());
}

/** Enough of a failed test, or of a step that failed without one, to see what it was. */
const LINES_OF_A_FAILURE = 40;

if (!ensureTools()) process.exit(1);

const total = { passed: 0, failed: 0 };
const failures = [];
for (const { name, command } of steps) {
  console.log(`\n== ${name}`);
  const { code, output: coloured } = await run(command);
  // eslint-disable-next-line no-control-regex -- colours
  const output = coloured.replace(/\u001b\[[0-9;]*m/g, '');
  const { passed, failed } = countTests(output);
  total.passed += passed;
  // A step without tests of its own (or one that broke before them) counts as one failure.
  total.failed += failed === 0 && code !== 0 ? 1 : failed;
  if (code === 0) continue;
  console.error(`== ${name}: failed`);
  const blocks = failedTests(output);
  if (blocks.length === 0) blocks.push(output.trimEnd().split('\n').slice(-LINES_OF_A_FAILURE).join('\n'));
  failures.push(`== what failed in "${name}"\n${blocks.join('\n\n')}`);
}
// Once more at the end, for who sees only the end of a long log.
if (failures.length > 0) console.error(`\n${failures.join('\n\n')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
