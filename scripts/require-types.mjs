// Runs before a package is packed, in its folder: writes the types that `require` gets.
//
// The code is ESM alone, which Node.js loads with `require`, too. But TypeScript's `node16` takes a declaration file for
// what the nearest package.json says, and lets no CommonJS file import what it takes for ESM. So there is a copy of the
// declarations below a package.json that says "commonjs".
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const target = join('dist', 'require');
rmSync(target, { recursive: true, force: true });
const declarations = readdirSync('dist', { recursive: true }).filter((file) => file.endsWith('.d.ts'));
if (declarations.length === 0)
  throw new Error(`There are no types in ${join(process.cwd(), 'dist')}: build first.`);
mkdirSync(target);
for (const file of declarations) cpSync(join('dist', file), join(target, file));
writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n');
