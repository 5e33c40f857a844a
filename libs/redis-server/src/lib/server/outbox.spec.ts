import { describe, expect, test } from '@jest/globals';
import { ReplyWriter } from '@distributed-cache/resp';
import { Outbox, type Recipient } from './outbox.ts';

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Who was sent what, in order. */
class Post {
  readonly outbox = new Outbox(new ReplyWriter());
  readonly sent: string[] = [];
  /** The bytes themselves: of those that were not taken at once they must stay as they are. */
  readonly bytes: Buffer[] = [];

  recipient(name: string, takesAtOnce = true): Recipient {
    return {
      write: (bytes) => {
        this.sent.push(`${name}: ${bytes.toString().replaceAll('\r\n', ' ').trim()}`);
        this.bytes.push(bytes);
        return !takesAtOnce;
      },
    };
  }

  answer(recipient: Recipient, ...texts: string[]): void {
    for (const text of texts) this.outbox.out.simple(text);
    this.outbox.add(recipient);
  }
}

describe('Outbox', () => {
  test('sends to each what was written for it, in order, at the end of the turn', async () => {
    const post = new Post();
    const [a, b] = [post.recipient('a'), post.recipient('b')];
    post.answer(a, '1', '2');
    post.answer(b, '3');
    post.answer(a, '4');
    expect(post.sent).toEqual([]);
    await turnOfTheLoop();
    expect(post.sent).toEqual(['a: +1 +2', 'b: +3', 'a: +4']);
    expect(post.outbox.out.length).toBe(0);
  });

  test('serves the turns that follow', async () => {
    const post = new Post();
    const a = post.recipient('a');
    for (const text of ['1', '2', '3']) {
      post.answer(a, text);
      await turnOfTheLoop();
    }
    expect(post.sent).toEqual(['a: +1', 'a: +2', 'a: +3']);
  });

  test('sends nothing where nothing was answered', async () => {
    const post = new Post();
    post.answer(post.recipient('a'));
    await turnOfTheLoop();
    expect(post.sent).toEqual([]);
  });

  test('does not wait when there is much', () => {
    const post = new Post();
    const [a, b] = [post.recipient('a'), post.recipient('b')];
    post.answer(a, 'x'.repeat(65_000));
    expect(post.sent).toHaveLength(0);
    post.answer(b, 'x'.repeat(600));
    expect(post.sent.map((each) => each[0])).toEqual(['a', 'b']);
  });

  test('sends what waits for one before its time, and leaves the others and what is being written', async () => {
    const post = new Post();
    const [a, b] = [post.recipient('a'), post.recipient('b')];
    post.answer(a, '1');
    post.answer(b, '2');
    post.answer(a, '3');
    post.outbox.out.simple('4');
    post.outbox.flushTo(a);
    expect(post.sent).toEqual(['a: +1', 'a: +3']);
    post.outbox.out.simple('5');
    post.outbox.add(a);
    await turnOfTheLoop();
    expect(post.sent.slice(2)).toEqual(['b: +2', 'a: +4 +5']);
  });

  test('takes back what nobody was given', async () => {
    const post = new Post();
    const a = post.recipient('a');
    post.outbox.out.simple('0');
    post.outbox.discard();
    post.answer(a, '1');
    post.outbox.out.simple('2');
    post.outbox.discard();
    post.answer(a, '3');
    await turnOfTheLoop();
    expect(post.sent).toEqual(['a: +1', 'a: +3']);
  });

  test.each(['at the end of the turn', 'before its time'])(
    'bytes that are not taken at once stay as they are, sent %s',
    async (when) => {
      const post = new Post();
      const [slow, fast] = [post.recipient('slow', false), post.recipient('fast')];
      post.answer(slow, 'kept');
      post.answer(fast, '1');
      if (when === 'before its time') post.outbox.flushTo(slow);
      await turnOfTheLoop();
      for (let turn = 0; turn < 3; turn++) {
        post.answer(fast, 'xxxxxxxxxxxx');
        await turnOfTheLoop();
      }
      expect(String(post.bytes[0])).toBe('+kept\r\n');
    },
  );

  test('uses the same bytes again when all were taken', async () => {
    const post = new Post();
    const a = post.recipient('a');
    post.answer(a, '1');
    await turnOfTheLoop();
    post.answer(a, '2');
    await turnOfTheLoop();
    expect(post.bytes[1]!.buffer).toBe(post.bytes[0]!.buffer);
  });
});
