import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RedisProcess } from '../server/redis-process.spec-helper.ts';
import { createServer, encode, SocketClient, TestClient } from '../server/test-client.spec-helper.ts';

const MAX = '9223372036854775807';
const MIN = '-9223372036854775808';

/** Commands as lines; `|` separates arguments, so that they may be empty or hold spaces. */
const SCRIPTS: Readonly<Record<string, string>> = {
  'SET and GET': `
    get|a
    set|a|1
    get|a
    set|a|
    get|a
    set||empty key
    get|
    set|a|2|nx
    set|b|2|NX
    set|b|3|xx
    set|c|3|XX
    get|c
    set|a|new|get
    set|none|new|get
    set|none|newer|nx|get
    set|none2|v|xx|get
    set|a|1|nx|xx
    set|a|1|ex
    set|a|1|ex|0
    set|a|1|ex|-1
    set|a|1|px|0
    set|a|1|ex|x
    set|a|1|ex|10|px|10
    set|a|1|ex|10|keepttl
    set|a|1|keepttl|ex|10
    set|a|1|ex|${MAX}
    set|a|1|px|${MAX}
    set|a|1|exat|1
    get|a
    set|a|1|pxat|1
    exists|a
    set|a|1|wrong
    set|a|1|persist
    set|a
    set|t|1|ex|100
    ttl|t
    set|t|2|keepttl
    ttl|t
    set|t|3
    ttl|t
    set|new|3|keepttl
    ttl|new
    set|at|1|exat|4102444800
    expiretime|at
    pexpiretime|at
    set|at|1|pxat|4102444800123
    pexpiretime|at`,
  'SETEX, PSETEX, SETNX, GETSET, GETDEL': `
    setex|a|100|v
    ttl|a
    setex|a|0|v
    setex|a|-5|v
    setex|a|x|v
    setex|a|${MAX}|v
    psetex|a|100000|v
    ttl|a
    psetex|a|0|v
    setnx|a|1
    setnx|b|1
    getset|a|2
    ttl|a
    getset|none|2
    getdel|a
    getdel|a
    exists|a`,
  GETEX: `
    getex|a
    set|a|v
    getex|a
    getex|a|ex|100
    ttl|a
    getex|a|persist
    ttl|a
    getex|a|persist|ex|1
    getex|a|ex|0
    getex|a|nx
    getex|a|keepttl
    getex|a|exat|4102444800
    expiretime|a
    getex|a|pxat|1
    get|a`,
  'MGET, MSET, MSETNX': `
    mset|a|1|b|2
    mget|a|b|c|a
    mset|a|1|b
    mset|a|1|a|2
    get|a
    msetnx|a|1|c|3
    mget|a|c
    msetnx|c|3|d|4
    mget|c|d
    msetnx|e|1|f
    mget
    mset`,
  'parts of strings': `
    append|a|Hello
    append|a|
    append|a| World
    strlen|a
    strlen|none
    getrange|a|0|4
    getrange|a|-5|-1
    getrange|a|0|-1
    getrange|a|5|2
    getrange|a|-1|-5
    getrange|a|100|200
    getrange|a|-100|3
    getrange|a|0|${MAX}
    getrange|a|${MIN}|2
    getrange|none|0|1
    getrange|a|x|1
    setrange|a|6|Redis
    get|a
    setrange|a|-1|x
    setrange|a|x|x
    setrange|pad|5|x
    get|pad
    setrange|none|0|
    exists|none
    setrange|a|3|
    setrange|a|536870912|x
    set|t|v|ex|100
    append|t|w
    ttl|t
    setrange|t|0|zz
    ttl|t`,
  counters: `
    incr|a
    incrby|a|10
    decr|a
    decrby|a|20
    get|a
    set|a|${MAX}
    incr|a
    incrby|a|1
    decrby|a|-1
    decr|a
    set|a|${MIN}
    decr|a
    incr|a
    decrby|a|${MIN}
    incrby|a|x
    incrby|a|1.5
    incrby|a|9223372036854775808
    set|a| 1
    incr|a
    set|a|01
    incr|a
    set|a|-0
    incr|a
    set|a|1.0
    incr|a
    set|a|
    incr|a
    set|t|1|ex|100
    incr|t
    ttl|t`,
  INCRBYFLOAT: `
    incrbyfloat|a|0.1
    incrbyfloat|a|0.2
    incrbyfloat|a|-0.3
    incrbyfloat|b|3.0e3
    incrbyfloat|b|1e-17
    incrbyfloat|c|5
    incrbyfloat|c|-5
    incrbyfloat|d|1000000.1
    incrbyfloat|d|123456789.987654321
    incrbyfloat|d|-0.000001
    incrbyfloat|e|x
    incrbyfloat|e|
    incrbyfloat|e| 1
    incrbyfloat|e|1 
    incrbyfloat|e|inf
    incrbyfloat|e|-inf
    incrbyfloat|e|nan
    incrbyfloat|e|1e400
    incrbyfloat|e|1e5000
    incrbyfloat|f|.5
    incrbyfloat|f|5.
    incrbyfloat|f|+1
    set|g|abc
    incrbyfloat|g|1
    set|g|10.50
    incrbyfloat|g|0.1
    incrbyfloat|h|-0.0
    incrbyfloat|i|0.00000000000000001
    incrbyfloat|i|0.000000000000000001
    incrbyfloat|j|18446744073709551615
    incrbyfloat|j|1`,
  'DEL, EXISTS, TOUCH, TYPE': `
    mset|a|1|b|2|c|3
    exists|a|a|b|x
    touch|a|x
    del|a|x
    unlink|b|c|c
    exists|a|b|c
    type|a
    set|a|1
    type|a
    del
    exists
    type`,
  EXPIRE: `
    expire|none|10
    set|a|1
    ttl|a
    pttl|a
    expiretime|a
    pexpiretime|a
    ttl|none
    pttl|none
    expiretime|none
    expire|a|100
    ttl|a
    expire|a|200|nx
    expire|a|200|xx
    ttl|a
    expire|a|100|gt
    expire|a|300|gt
    expire|a|400|lt
    expire|a|50|lt
    ttl|a
    persist|a
    persist|a
    persist|none
    expire|a|100|gt
    expire|a|100|xx
    expire|a|100|lt
    ttl|a
    expire|a|10|nx|xx
    expire|a|10|gt|lt
    expire|a|10|xx|gt
    expire|a|10|wrong
    expire|a|x
    expire|a|1.5
    expire|a|${MAX}
    expire|a|${MIN}
    pexpire|a|${MAX}
    pexpire|a|100000
    ttl|a
    expireat|a|4102444800
    expiretime|a
    pexpireat|a|4102444800001
    pexpiretime|a
    expire|a|-1
    exists|a
    set|a|1
    expireat|a|1
    exists|a
    set|a|1
    pexpire|a|0
    exists|a`,
  'RENAME and COPY': `
    rename|a|b
    set|a|1
    rename|a|b
    get|b
    get|a
    rename|b|b
    renamenx|b|b
    set|c|2
    renamenx|b|c
    renamenx|b|d
    mget|b|c|d
    set|t|v|ex|100
    rename|t|u
    ttl|u
    set|w|v
    rename|w|u
    ttl|u
    copy|d|e
    copy|d|e
    copy|c|e|replace
    get|e
    copy|none|x
    copy|d|d
    copy|d|y|db|1
    copy|d|y|db|x
    copy|d|y|wrong
    set|t|v|ex|100
    copy|t|t2
    ttl|t2`,
  'KEYS, SCAN, DBSIZE, RANDOMKEY': `
    keys|*
    randomkey
    dbsize
    scan|0
    set|only|1
    keys|*
    keys|o?ly
    keys|[a-p]nly
    keys|[^o]nly
    keys|on*
    keys|nly
    randomkey
    dbsize
    scan|0
    scan|0|match|on*
    scan|0|match|x*
    scan|0|count|100|type|string
    scan|0|type|hash
    scan|0|count|0
    scan|0|count|x
    scan|0|count
    scan|0|wrong|1
    scan|x
    flushdb|wrong
    flushdb
    dbsize
    flushall|async
    flushall|sync
    keys`,
  'OBJECT ENCODING': `
    set|a|123
    object|encoding|a
    set|a|abc
    object|encoding|a
    set|a|${'x'.repeat(44)}
    object|encoding|a
    set|a|${'x'.repeat(45)}
    object|encoding|a
    set|a|${MAX}
    object|encoding|a
    set|a|9223372036854775808
    object|encoding|a
    object|encoding|none
    object|freq|none
    object|freq|a
    object|wrong|a
    object`,
  connection: `
    ping
    ping|hello
    ping|a|b
    echo|hello
    echo
    select|0
    select|1
    select|x
    select|-1
    auth|x
    auth|default|x
    auth|other|x
    auth|a|b|c
    hello|4
    hello|x
    hello|2|wrong
    hello|2|setname|a b
    client|setname|a b
    client|getname
    client|setname|name
    client|getname
    client|setname|
    client|getname
    client|wrong
    client
    client|id|x
    client|reply|wrong
    client|no-evict|on
    client|no-evict|x
    client|kill|1.2.3.4:5
    client|kill|id|x
    client|kill|wrong|x
    client|list|type|wrong
    client|list|id|x
    client|pause|x
    client|pause|-1
    client|pause|1|wrong
    client|unpause
    reset
    quit|with|arguments`,
  transactions: `
    multi
    set|a|1
    incr|a
    get|a
    exec
    exec
    discard
    multi
    multi
    discard
    multi
    set|a
    set|a|2
    exec
    get|a
    multi
    unknown|command
    exec
    multi
    set|a|x
    incr|a
    get|a
    exec
    watch|a
    multi
    watch|a
    get|a
    exec
    watch|a
    set|a|changed
    multi
    set|a|3
    exec
    get|a
    watch|a
    set|a|changed again
    unwatch
    multi
    get|a
    exec
    watch|none
    set|none|1
    multi
    get|none
    exec
    watch|a
    del|a
    multi
    ping
    exec
    watch|a
    expire|none|100
    multi
    ping
    exec
    watch|none
    expire|none|200
    multi
    ping
    exec
    multi
    exec
    watch
    multi|x
    exec|x
    unwatch`,
  'publish and subscribe': `
    publish|a|b
    pubsub|channels
    pubsub|numsub|a
    pubsub|numpat
    pubsub|wrong
    subscribe|a
    ping
    ping|x
    get|a
    psubscribe|p*
    punsubscribe
    unsubscribe|a
    get|a
    unsubscribe
    punsubscribe
    subscribe`,
  server: `
    config|get|nothing
    config|get|databases
    config|set|nothing|1
    config|set|maxclients
    config|set|timeout|x
    config|set|timeout|-1
    config|set|timeout|0
    config|set|databases|3
    config|set|timeout|1|timeout|2
    config|set|notify-keyspace-events|KEA
    config|get|notify-keyspace-events
    config|set|notify-keyspace-events|xEg$
    config|get|notify-keyspace-events
    config|set|notify-keyspace-events|q
    config|set|notify-keyspace-events|
    config|wrong
    config|resetstat
    config
    slowlog|len
    slowlog|reset
    slowlog|get|x
    slowlog|get|-2
    slowlog|wrong
    command|getkeys|get|a
    command|getkeys|mset|a|1|b|2
    command|getkeys|rename|a|b
    command|getkeys|ping
    command|getkeys|ping|x
    command|getkeys|wrong|x
    command|getkeys|get|a|b
    command|getkeys|wrong
    command|getkeys|get
    command|info|wrong
    command|wrong
    command|list|filterby|pattern|getd*
    function|flush
    function|flush|sync
    function|flush|wrong
    memory|usage|none
    memory|usage
    time|x
    dbsize|x
    unknown
    unknown|a|b
    unknown|${'x'.repeat(200)}|y
    GET
    gEt|a`,
};

/** How far lines are indented. */
const LINE = /^ {4}/;

const commandsIn = (script: string): string[][] =>
  script
    .split('\n')
    .slice(1)
    .map((line) => line.replace(LINE, '').split('|'));

describe.each([2, 3])('answers are those of redis-server 7.0, in RESP%i', (protocol) => {
  let redis: RedisProcess;

  beforeAll(async () => {
    redis = await RedisProcess.start();
  });

  afterAll(() => redis.stop());

  test.each(Object.entries(SCRIPTS))('%s', async (_, script) => {
    const theirs = await SocketClient.connect(redis.port);
    const ours = new TestClient(createServer());
    try {
      await theirs.write(encode('flushall'));
      if (protocol === 3) {
        await theirs.write(encode('hello', 3));
        ours.ask('hello', 3);
      }
      const [expected, answers]: [string[][], string[][]] = [[], []];
      for (const args of commandsIn(script)) {
        const replies = Math.max(1, /^p?(un)?subscribe$/.test(args[0]!) ? args.length - 1 : 1);
        expected.push([args.join(' '), (await theirs.write(encode(...args), replies)).toString('latin1')]);
        answers.push([args.join(' '), ours.ask(...args)]);
      }
      expect(answers).toEqual(expected);
    } finally {
      theirs.close();
    }
  });
});
