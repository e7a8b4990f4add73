import { readFileSync } from "node:fs";
import ts from "typescript";

/** One small change to a source file, which some test should notice. */
export interface Mutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** The function that it is in. */
  readonly where: string;
  /** What stood there and what stands there instead, in few words. */
  readonly change: string;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** What stands for a piece of source, and how to say so. */
interface Replacement {
  readonly node: ts.Node;
  readonly text: string;
  readonly change: string;
}

const COMPARISONS: ReadonlyMap<ts.SyntaxKind, readonly string[]> = new Map([
  [ts.SyntaxKind.LessThanToken, ["<=", ">="]],
  [ts.SyntaxKind.LessThanEqualsToken, ["<", ">"]],
  [ts.SyntaxKind.GreaterThanToken, [">=", "<="]],
  [ts.SyntaxKind.GreaterThanEqualsToken, [">", "<"]],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, ["!=="]],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, ["==="]],
]);
const SHOWN = 90;

/** All mutants of a file: each check removed, turned round, or moved by one. */
export function mutantsOf(file: string): Mutant[] {
  const text = readFileSync(file, "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const mutants: Mutant[] = [];
  const visit = (node: ts.Node): void => {
    for (const { node: replaced, text: by, change } of replacementsFor(node, source)) {
      const from = replaced.getStart(source);
      const line = source.getLineAndCharacterOfPosition(from).line + 1;
      mutants.push({ file, line, where: functionAround(node), change, from, to: replaced.getEnd(), text: by });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return mutants;
}

/** The source with the mutant in place. */
export function applied({ from, to, text }: Mutant, source: string): string {
  return source.slice(0, from) + text + source.slice(to);
}

function replacementsFor(node: ts.Node, source: ts.SourceFile): Replacement[] {
  const shown = (each: ts.Node): string => each.getText(source).replace(/\s+/g, " ").slice(0, SHOWN);
  const instead = (text: string): Replacement => ({ node, text, change: `\`${shown(node)}\` becomes \`${text}\`` });
  if (ts.isThrowStatement(node)) return [{ node, text: "{}", change: `\`${shown(node)}\` is removed` }];
  if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
    return [{ node, text: ";", change: `\`${shown(node)}\` is removed` }];
  }
  if (ts.isIfStatement(node) || ts.isConditionalExpression(node)) {
    const condition = ts.isIfStatement(node) ? node.expression : node.condition;
    return ["true", "false"].map((text) => ({
      node: condition,
      text,
      change: `\`${shown(condition)}\` is always ${text}`,
    }));
  }
  if (node.kind === ts.SyntaxKind.TrueKeyword && !ts.isLiteralTypeNode(node.parent)) return [instead("false")];
  if (node.kind === ts.SyntaxKind.FalseKeyword && !ts.isLiteralTypeNode(node.parent)) return [instead("true")];
  if (ts.isNumericLiteral(node) && !ts.isLiteralTypeNode(node.parent)) return [instead(`${Number(node.text) + 1}`)];
  return ts.isBinaryExpression(node) ? binaryReplacements(node, source, shown) : [];
}

function binaryReplacements(
  node: ts.BinaryExpression,
  source: ts.SourceFile,
  shown: (node: ts.Node) => string,
): Replacement[] {
  const { left, right, operatorToken } = node;
  const [leftText, rightText] = [left.getText(source), right.getText(source)];
  const compared = (COMPARISONS.get(operatorToken.kind) ?? []).map((operator) => {
    return { node, text: `${leftText} ${operator} ${rightText}`, change: `\`${shown(node)}\` becomes \`${operator}\`` };
  });
  const logical =
    operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken || operatorToken.kind === ts.SyntaxKind.BarBarToken;
  if (!logical) return compared;
  return [
    { node, text: leftText, change: `\`${shown(right)}\` is dropped` },
    { node, text: rightText, change: `\`${shown(left)}\` is dropped` },
  ];
}

function functionAround(node: ts.Node): string {
  for (let each = node.parent as ts.Node | undefined; each !== undefined; each = each.parent as ts.Node | undefined) {
    if (ts.isConstructorDeclaration(each)) return "constructor";
    if (ts.isFunctionDeclaration(each) && each.name !== undefined) return each.name.text;
    if (ts.isMethodDeclaration(each) || ts.isGetAccessorDeclaration(each)) return each.name.getText();
  }
  return "the module";
}
