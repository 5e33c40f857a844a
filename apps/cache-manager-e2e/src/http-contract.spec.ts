import { describeHttpContract } from './http-contract.ts';
import { ServerProcess } from './support/server-process.ts';

describeHttpContract('past Express, as shipped', (env) => ServerProcess.start({ env }));

describeHttpContract('through Express', (env) => ServerProcess.start({ env, app: { lean: false } }));
