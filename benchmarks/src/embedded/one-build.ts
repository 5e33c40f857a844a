// The CacheManager of the build in the folder that is named, in a process of its own: prints what operations cost.
import { must } from '@distributed-cache/test-kit';
import { Build } from '../build.ts';
import { fill, measure } from './operations.ts';
import { ownCache } from './own-cache.ts';

const cache = await ownCache(new Build(must(process.argv[2])));
await fill(cache);
// The first round warms up.
await measure(cache);
const { get, set } = await measure(cache);
await cache.close();
console.log(`get ${get.cpuMicroseconds} set ${set.cpuMicroseconds}`);
