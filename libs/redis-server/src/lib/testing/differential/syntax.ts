import type { SeededRandom } from '@distributed-cache/test-kit';

/** What a line of the grammar means. */
export type Syntax =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'argument'; readonly type: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Syntax[] }
  | { readonly kind: 'choice'; readonly of: readonly Syntax[] }
  | { readonly kind: 'repeated'; readonly of: Syntax; readonly least: number; readonly most: number };

const TOKEN = /[\w-]+|[|()[\]{}+]/g;
const WORD = /^[A-Z-]+$/;
const MOST = 4;

/** Reads a line of the grammar. */
export function parseSyntax(line: string): Syntax {
  const tokens = line.match(TOKEN) ?? [];
  let at = 0;

  const choice = (): Syntax => {
    const of = [sequence()];
    while (tokens[at] === '|') {
      at++;
      of.push(sequence());
    }
    return of.length === 1 ? of[0]! : { kind: 'choice', of };
  };

  const sequence = (): Syntax => {
    const parts: Syntax[] = [];
    while (at < tokens.length && !'|)]}'.includes(tokens[at]!)) parts.push(item());
    return { kind: 'sequence', parts };
  };

  const item = (): Syntax => {
    const token = tokens[at++]!;
    if (!'([{'.includes(token)) {
      return WORD.test(token) ? { kind: 'word', text: token } : { kind: 'argument', type: token };
    }
    const of = choice();
    at++;
    if (token === '[') return { kind: 'repeated', of, least: 0, most: 1 };
    if (token === '{') return { kind: 'repeated', of, least: 0, most: MOST };
    if (tokens[at++] !== '+') throw new Error(`(...) without + in the grammar: ${line}`);
    return { kind: 'repeated', of, least: 1, most: MOST };
  };

  const syntax = choice();
  if (at < tokens.length) throw new Error(`nothing opens ${tokens[at]!} in the grammar: ${line}`);
  return syntax;
}

/** Makes a call that the syntax allows. @param argument makes the arguments of a type, most often one */
export function generate(
  syntax: Syntax,
  random: SeededRandom,
  argument: (type: string) => readonly string[],
): string[] {
  const made: string[] = [];
  const add = (part: Syntax): void => {
    switch (part.kind) {
      case 'word':
        made.push(part.text);
        break;
      case 'argument':
        made.push(...argument(part.type));
        break;
      case 'sequence':
        part.parts.forEach(add);
        break;
      case 'choice':
        add(random.pick(part.of));
        break;
      case 'repeated': {
        // Few are more frequent than many.
        let times = part.least;
        while (times < part.most && random.chance(0.45)) times++;
        for (; times > 0; times--) add(part.of);
        break;
      }
    }
  };
  add(syntax);
  return made;
}
