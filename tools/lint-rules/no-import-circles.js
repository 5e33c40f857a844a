import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import ts from 'typescript';

/**
 * Finds files that import each other, in however many steps. A circle of types counts like any other: who reads one of its
 * files has to read them all. The rules of ESLint's import plugins leave type imports out.
 *
 * It costs one scan of each file that can be reached, shared by all files of a run. With the option `known` it expects a
 * circle instead, so that an exception cannot outlive its reason.
 */
export const noImportCircles = {
  meta: {
    type: 'problem',
    schema: [{ type: 'object', properties: { known: { type: 'boolean' } }, additionalProperties: false }],
    messages: {
      circle: 'Files import each other: {{circle}}',
      broken: 'No circle of imports leads through this file any more: take it from the known ones.',
    },
  },
  create(context) {
    const { filename, cwd, options } = context;
    const known = options[0]?.known === true;
    let circles = 0;
    // The editor's text may be newer than the file's.
    imports.set(filename, scan(filename, context.sourceCode.text));

    function check(node, specifier) {
      const imported = resolve(specifier, filename);
      const way = imported === undefined ? undefined : shortestWay(imported, filename);
      if (way === undefined) return;
      circles++;
      const circle = [filename, ...way].map((file) => relative(cwd, file)).join(' -> ');
      if (!known) context.report({ node, messageId: 'circle', data: { circle } });
    }

    return {
      'ImportDeclaration, ExportNamedDeclaration[source], ExportAllDeclaration, ImportExpression, TSImportType'(
        node,
      ) {
        if (typeof node.source.value === 'string') check(node, node.source.value);
      },
      'Program:exit'(node) {
        if (known && circles === 0) context.report({ node, messageId: 'broken' });
      },
    };
  },
};

/** As in `tsconfig.base.json`: workspace packages resolve to their sources. */
const OPTIONS = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  customConditions: ['@distributed-cache/source'],
  allowImportingTsExtensions: true,
  allowJs: true,
};

const resolutions = ts.createModuleResolutionCache(ts.sys.getCurrentDirectory(), (name) => name, OPTIONS);

/** The file of this workspace that a specifier means; undefined for packages of others. */
function resolve(specifier, importer) {
  const { resolvedModule } = ts.resolveModuleName(specifier, importer, OPTIONS, ts.sys, resolutions);
  return resolvedModule?.resolvedFileName.includes('/node_modules/')
    ? undefined
    : resolvedModule?.resolvedFileName;
}

/** By file, the files that it imports. */
const imports = new Map();

function importsOf(file) {
  let found = imports.get(file);
  if (found === undefined) imports.set(file, (found = scan(file, readFileSync(file, 'utf8'))));
  return found;
}

function scan(file, text) {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles
    .map(({ fileName }) => resolve(fileName, file))
    .filter((imported) => imported !== undefined);
}

/** The files from one to another along imports, both included; undefined where no way leads there. */
function shortestWay(from, to) {
  const cameFrom = new Map([[from, undefined]]);
  // A Map goes on to what is added meanwhile: this is a search breadth first.
  for (const file of cameFrom.keys()) {
    if (file === to) {
      const way = [];
      for (let at = to; at !== undefined; at = cameFrom.get(at)) way.unshift(at);
      return way;
    }
    for (const imported of importsOf(file)) if (!cameFrom.has(imported)) cameFrom.set(imported, file);
  }
  return undefined;
}
