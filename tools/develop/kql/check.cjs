// Parses and binds KQL with Microsoft's own language service. It reads this from standard input:
//
//   {"tables": {"<table>": {"<column>": "<type>"}}, "queries": {"<name>": "<text>"}}
//
// For each query, it prints what's wrong, the columns of the result, and what the query reads from each table: the
// properties, and what they and other columns are compared with. If a comparison's values have different or unknown
// types, that's a problem too: Kusto accepts such a comparison, but it's never true.

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

const folder = path.dirname(require.resolve('@kusto/language-service-next'));
// The package has no modules. Its files are meant for a web page, and define global names.
for (const file of ['bridge.min.js', 'Kusto.Language.Bridge.min.js']) {
  vm.runInThisContext(fs.readFileSync(path.join(folder, file), 'utf8'), { filename: file });
}
const { GlobalState, KustoCode, Symbols } = Kusto.Language;

const COMPARISONS = new Set([
  'EqualExpression', 'NotEqualExpression', 'EqualTildeExpression', 'BangTildeExpression', 'InExpression',
  'NotInExpression', 'LessThanExpression', 'LessThanOrEqualExpression', 'GreaterThanExpression',
  'GreaterThanOrEqualExpression', 'HasExpression', 'StartsWithExpression', 'EndsWithExpression', 'ContainsExpression',
]);
const NUMBERS = new Set(['int', 'long', 'real', 'decimal']);

function database(tables) {
  const list = new (System.Collections.Generic.List$1(Symbols.Symbol).ctor)();
  for (const [name, columns] of Object.entries(tables)) {
    const schema = Object.entries(columns).map(([column, type]) => `['${column}']: ${type}`).join(', ');
    list.add(Symbols.TableSymbol.From(`(${schema})`).WithName(name));
  }
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.$ctor3('workspace', null, list, false));
}

function* nodes(node) {
  yield node;
  for (let i = 0; i < node.ChildCount; i++) {
    const child = node.GetChild(i);
    if (child && child.ChildCount !== undefined) yield* nodes(child);
  }
}

const kind = (node) => System.Enum.toString(Kusto.Language.Syntax.SyntaxKind, node.Kind);
// A node's text includes the comments before it, so they're removed.
const text = (node) => node.toString().replace(/^(\s*\/\/.*\n)+/, '').trim();
const type = (node) => (node.ResultType ? node.ResultType.Name : 'unknown');

// The property that an expression reads, such as `reason` for tostring(Properties.reason).
function propertyOf(node) {
  for (const one of nodes(node)) {
    if (kind(one) === 'PathExpression' && text(one.Expression) === 'Properties') return text(one.Selector);
  }
  return null;
}

// The pipeline that begins with a table.
function streamOf(node) {
  let found = node;
  while (found.Parent && kind(found.Parent) === 'PipeExpression') found = found.Parent;
  return found;
}

function readsOf(code) {
  const reads = [];
  for (const node of nodes(code.Syntax)) {
    if (kind(node) !== 'NameReference' || !(node.ReferencedSymbol instanceof Symbols.TableSymbol)) continue;
    const stream = streamOf(node);
    const aliases = {};
    const properties = new Set();
    const columns = new Set();
    const compared = [];
    for (const one of nodes(stream)) {
      if (kind(one) === 'SimpleNamedExpression') {
        const property = propertyOf(one.Expression);
        if (property) aliases[text(one.Name)] = property;
      }
      if (kind(one) === 'PathExpression' && propertyOf(one)) properties.add(propertyOf(one));
      if (kind(one) === 'NameReference' && one.ReferencedSymbol instanceof Symbols.ColumnSymbol) columns.add(text(one));
    }
    for (const one of nodes(stream)) {
      if (!COMPARISONS.has(kind(one))) continue;
      const values = [...nodes(one.Right)].filter((part) => kind(part) === 'StringLiteralExpression');
      const left = propertyOf(one.Left) ?? aliases[text(one.Left)];
      compared.push({
        property: left ?? null,
        column: left ? null : text(one.Left),
        operator: kind(one).replace('Expression', ''),
        values: values.map((part) => part.LiteralValue),
      });
    }
    reads.push({ table: text(node), properties: [...properties], columns: [...columns], compared });
  }
  return reads;
}

function untyped(code) {
  const found = [];
  for (const node of nodes(code.Syntax)) {
    if (!COMPARISONS.has(kind(node))) continue;
    const right = kind(node).endsWith('InExpression')
      ? [...nodes(node.Right)].filter((part) => kind(part).endsWith('LiteralExpression'))
      : [node.Right];
    for (const side of right) {
      const [a, b] = [type(node.Left), type(side)].map((name) => (NUMBERS.has(name) ? 'number' : name));
      if (a !== b || a === 'dynamic') found.push(`${text(node)} compares ${type(node.Left)} with ${type(side)}`);
    }
  }
  return found;
}

function check(query, globals) {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  const diagnostics = code.GetDiagnostics();
  const problems = [];
  for (let i = 0; i < diagnostics.Count; i++) problems.push(diagnostics.getItem(i).Message);
  const columns = {};
  const result = code.ResultType;
  for (let i = 0; result && i < (result.Columns?.Count ?? 0); i++) {
    const column = result.Columns.getItem(i);
    columns[column.Name] = column.Type.Name;
  }
  return { problems: [...problems, ...untyped(code)], columns, reads: readsOf(code) };
}

const { tables, queries } = JSON.parse(fs.readFileSync(0, 'utf8'));
const globals = database(tables);
const checked = Object.entries(queries).map(([name, query]) => [name, check(query, globals)]);
process.stdout.write(JSON.stringify(Object.fromEntries(checked), null, 1));
