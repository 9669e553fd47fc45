import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** A property of an interface or a class, as its doc comment describes it. */
export interface Property {
  /** With its parent's name where it lies in an object, for example `hardwareConfiguration.path`. */
  readonly name: string;
  readonly type: string;
  readonly optional: boolean;
  /** Takes an output as well as a plain value. */
  readonly isInput: boolean;
  readonly text: string;
  readonly examples: readonly string[];
}

/** An exported interface or class, or a type that picks from one. */
export interface Declaration {
  readonly name: string;
  readonly text: string;
  readonly examples: readonly string[];
  /** Names of the interfaces or classes that it extends or picks from; what it declares itself takes the place of theirs. */
  readonly parents: readonly string[];
  /** The names that a `Pick<…>` takes of its parent; undefined for all. */
  readonly picks?: readonly string[];
  readonly properties: readonly Property[];
}

const project = path.dirname(import.meta.dirname);

/** The exported interfaces and classes of source files, by their names. Reads the syntax only; nothing is run. */
export function readDeclarations(files: readonly string[]): Map<string, Declaration> {
  const declarations = files.flatMap((file) => {
    const text = readFileSync(path.join(project, file), 'utf8');
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    return [
      ...source.statements.filter(isPublic).map(declaration),
      ...source.statements.filter(ts.isTypeAliasDeclaration).flatMap(picked),
    ];
  });
  return new Map(declarations.map((found) => [found.name, found]));
}

type Public = ts.InterfaceDeclaration | ts.ClassDeclaration;

function isPublic(node: ts.Node): node is Public {
  if (!ts.isInterfaceDeclaration(node) && !ts.isClassDeclaration(node)) return false;
  return (node.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function declaration(node: Public): Declaration {
  return {
    name: node.name?.text ?? '',
    ...documentation(node),
    parents: (node.heritageClauses ?? []).flatMap(({ types }) => types.map(parent)),
    properties: [...node.members].flatMap((member) => properties(member)),
  };
}

/** For `Omit<ConnectionArgs, 'hostKey'>` ConnectionArgs. */
function parent({ expression, typeArguments }: ts.ExpressionWithTypeArguments): string {
  const [first] = typeArguments ?? [];
  return expression.getText() === 'Omit' && first !== undefined ? first.getText() : expression.getText();
}

/** `type X = Pick<Y, 'a' | 'b'>`. */
function picked(node: ts.TypeAliasDeclaration): Declaration[] {
  const { type, name } = node;
  if (!ts.isTypeReferenceNode(type) || type.typeName.getText() !== 'Pick') return [];
  const [from, names] = type.typeArguments ?? [];
  if (from === undefined || names === undefined) return [];
  const picks = [...names.getText().matchAll(/'(\w+)'/g)].map(([, each = '']) => each);
  return [{ name: name.text, ...documentation(node), parents: [from.getText()], picks, properties: [] }];
}

function properties(member: ts.Node, prefix = ''): Property[] {
  if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) return [];
  if (member.type === undefined || ts.isPrivateIdentifier(member.name)) return [];
  const name = `${prefix}${member.name.getText()}`;
  if (ts.isTypeLiteralNode(member.type)) {
    return member.type.members.flatMap((inner) => properties(inner, `${name}.`));
  }
  return [
    {
      name,
      optional: member.questionToken !== undefined,
      isInput: member.type.getText().startsWith('pulumi.Input<'),
      type: plainType(member.type),
      ...documentation(member),
    },
  ];
}

/** What a person writes: without the wrappers that make a value an input or an output, and without undefined. */
function plainType(node: ts.TypeNode): string {
  if (ts.isUnionTypeNode(node)) {
    return node.types
      .filter(({ kind }) => kind !== ts.SyntaxKind.UndefinedKeyword)
      .map(plainType)
      .join(' | ');
  }
  if (ts.isArrayTypeNode(node)) {
    const element = plainType(node.elementType);
    return element.includes(' | ') ? `(${element})[]` : `${element}[]`;
  }
  const [inner] = ts.isTypeReferenceNode(node) ? (node.typeArguments ?? []) : [];
  const wrapped = ts.isTypeReferenceNode(node) && /^pulumi\.(Input|Output)$/.test(node.typeName.getText());
  return wrapped && inner !== undefined ? plainType(inner) : node.getText();
}

function documentation(node: ts.Node): { text: string; examples: string[] } {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const tags = comment?.tags ?? [];
  return {
    text: (ts.getTextOfJSDocComment(comment?.comment) ?? '').trim(),
    examples: tags
      .filter(({ tagName }) => tagName.text === 'example')
      .map((tag) => (ts.getTextOfJSDocComment(tag.comment) ?? '').trim()),
  };
}
