/**
 * The ring: how fast it answers, how evenly it spreads, and how little a join or leave moves; beside `hashring`, the
 * ring most used from npm, with its defaults. Ends with code 1 when slot placement breaks its contract.
 */
import { PLACEMENT_CONTRACT } from '@distributed-cache/consistent-hash/testing';
import { describeMachine } from './machine.ts';
import { short } from './mode.ts';
import { brokenPromises, printQuality } from './ring-quality.ts';
import { printPlacementTime, printSpeed } from './ring-speed.ts';

console.log(describeMachine());
if (short) console.log('Short form: correctness only, the speeds mean nothing.');

printSpeed();
printPlacementTime();
const broken = brokenPromises(printQuality());

const { fullest, movementP95, movementMax } = PLACEMENT_CONTRACT;
console.log(
  `\nContract of slot placement: fullest at most ${fullest}, movement at most ${movementP95} at p95 and ${movementMax} always: ` +
    (broken.length === 0 ? 'kept.' : 'BROKEN.'),
);
for (const promise of broken) console.error(promise);
process.exitCode = broken.length === 0 ? 0 : 1;
