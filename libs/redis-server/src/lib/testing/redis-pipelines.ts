/**
 * As lines of commands like those of the scripts. Each is sent at once: for what depends on that commands arrive
 * together, or that leaves answers out. A character is a byte.
 */
const PIPELINES: Readonly<Record<string, string>> = {
  'what has expired when it is stored': `
    flushall
    set|k|v|exat|1
    dbsize
    get|k
    dbsize
    set|k|v|pxat|1|get
    dbsize
    exists|k
    set|k|v
    getex|k|pxat|1
    dbsize
    set|k|v
    expireat|k|1
    dbsize`,
  'CLIENT REPLY OFF': `
    client|reply|off
    wrong
    get
    echo|muted
    client|reply|on
    client|reply|off
    client|reply|skip
    echo|muted
    echo|muted
    client|reply|wrong
    client|reply|on
    echo|heard`,
  'CLIENT REPLY SKIP': `
    client|reply|skip
    echo|muted
    echo|heard
    client|reply|skip
    client|reply|skip
    echo|muted
    echo|heard
    client|reply|skip
    client|reply|wrong
    echo|heard
    client|reply|skip
    client|reply|on
    echo|heard
    client|reply|skip
    client|reply|off
    echo|muted
    client|reply|on
    client|reply|skip
    reset
    echo|heard`,
  'CLIENT REPLY and subscriptions': `
    client|reply|off
    subscribe|a|b
    psubscribe|p*
    ping
    unsubscribe|a
    unsubscribe
    punsubscribe
    unsubscribe
    punsubscribe
    client|reply|on
    client|reply|skip
    subscribe|a
    ping
    client|reply|on
    unsubscribe|a
    client|reply|skip
    unsubscribe
    ping`,
  'CLIENT REPLY and RESET': `
    client|reply|off
    subscribe|a
    echo|muted
    reset
    echo|heard
    multi
    client|reply|off
    reset
    echo|heard`,
  'CLIENT REPLY in transactions': `
    multi
    client|reply|off
    echo|muted
    client|reply|on
    echo|heard
    exec
    echo|heard
    multi
    echo|heard
    client|reply|off
    echo|muted
    exec
    echo|muted
    client|reply|on
    multi
    echo|heard
    client|reply|off
    subscribe|x
    echo|muted
    unsubscribe|x
    exec
    client|reply|on
    multi
    client|reply|skip
    echo|heard
    exec
    echo|muted
    echo|heard
    multi
    client|reply|skip
    client|reply|on
    exec
    echo|muted
    echo|heard`,
  'transactions under CLIENT REPLY': `
    client|reply|off
    multi
    echo|muted
    client|reply|on
    echo|heard
    exec
    client|reply|off
    multi
    echo|muted
    discard
    multi
    echo|muted
    exec
    client|reply|on
    client|reply|skip
    multi
    echo|heard
    client|reply|skip
    exec
    echo|muted
    multi
    wrong
    exec
    client|reply|skip
    exec
    echo|heard`,
  'bytes that are no text': `
    client|kill|user|\xff\xfe
    client|kill|type|\xff
    client|kill|\xff
    client|list|type|\xe9
    config|set|\xff|1
    hello|2|\xff
    expire|a|1|\xff
    unknown\xff|\xfe
    config|\xff`,
};

/** How far lines are indented. */
const LINE = /^ {4}/;

/** Commands that are sent together, and whose answers a data node and a redis-server must have in common. */
export const REDIS_PIPELINES: readonly (readonly [
  about: string,
  commands: readonly (readonly Buffer[])[],
])[] = Object.entries(PIPELINES).map(([about, pipeline]) => [
  about,
  pipeline
    .split('\n')
    .slice(1)
    .map((line) => line.replace(LINE, '').split('|'))
    .map((args) => args.map((argument) => Buffer.from(argument, 'latin1'))),
]);
