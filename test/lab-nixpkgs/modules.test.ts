import { describe, expect, test } from '@jest/globals';
import { evaluate } from './nix.ts';

/** The configuration that modules give, with an option `v` of the type. */
function value(type: string, ...definitions: string[]): string {
  const modules = definitions.map((definition) => `({ config, lib, ... }: { v = ${definition}; })`);
  return `let lib = import <nixpkgs/lib>; in (lib.evalModules { modules = [
    { options.v = lib.mkOption { type = with lib.types; ${type}; }; options.w = lib.mkOption { default = 7; }; }
    ${modules.join('\n')}
  ]; }).config.v`;
}

describe('definitions of one option', () => {
  test.each<[string, string, unknown]>([
    ['mkDefault gives way', value('int', 'lib.mkDefault 1', '2'), 2],
    ['mkForce wins', value('int', '1', 'lib.mkForce 2'), 2],
    ['mkOverride counts downwards', value('int', 'lib.mkOverride 40 1', 'lib.mkForce 2'), 1],
    ['a false condition says nothing', value('int', 'lib.mkIf false 1', 'lib.mkIf true 2'), 2],
    ['a condition may read the configuration', value('int', 'lib.mkIf (config.w == 7) 3'), 3],
    [
      'mkMerge is several definitions',
      value('listOf int', 'lib.mkMerge [ [ 1 ] (lib.mkIf false [ 2 ]) [ 3 ] ]'),
      [1, 3],
    ],
    ['lists have an order', value('listOf int', 'lib.mkAfter [ 3 ]', '[ 2 ]', 'lib.mkBefore [ 1 ]'), [1, 2, 3]],
    ['lines are joined', value('lines', 'lib.mkBefore "a"', '"b"'), 'a\nb'],
    ['sets merge by name', value('attrsOf int', '{ a = 1; }', '{ b = 2; }'), { a: 1, b: 2 }],
    ['a condition inside a set leaves it out', value('attrsOf int', '{ a = 1; b = lib.mkIf false 2; }'), { a: 1 }],
    ['nullOr', value('nullOr str', 'null'), null],
    ['either', value('either int (listOf int)', '[ 1 ]'), [1]],
    ['coercedTo', value('coercedTo int toString str', '1'), '1'],
    ['anything merges deeply', value('anything', '{ a.b = 1; }', '{ a.c = [ 2 ]; }'), { a: { b: 1, c: [2] } }],
    ['a port', value('port', '8080'), 8080],
  ])('%s', async (_, expression, expected) => {
    expect(await evaluate(expression)).toStrictEqual(expected);
  });
});

describe('submodules', () => {
  const user = `submodule ({ name, config, ... }: {
    freeformType = attrsOf str;
    options.name = lib.mkOption { type = str; default = name; };
    options.home = lib.mkOption { type = str; default = "/home/\${config.name}"; };
  })`;

  test('have defaults that depend on their name, and take what else is given', async () => {
    expect(
      await evaluate(value(`attrsOf (${user})`, '{ pi = { shell = "sh"; }; }', '{ root.home = "/root"; }')),
    ).toStrictEqual({
      pi: { name: 'pi', home: '/home/pi', shell: 'sh' },
      root: { name: 'root', home: '/root' },
    });
  });

  test('grow by a second declaration', async () => {
    const expression = `let lib = import <nixpkgs/lib>; sub = option: lib.mkOption {
        type = lib.types.attrsOf (lib.types.submodule { options.\${option} = lib.mkOption { default = option; }; });
      }; in (lib.evalModules { modules = [ { options.v = sub "a"; } { options.v = sub "b"; } { v.x = { }; } ]; }).config.v`;
    expect(await evaluate(expression)).toStrictEqual({ x: { a: 'a', b: 'b' } });
  });
});

test('an option that has moved passes its value on', async () => {
  const expression = `let lib = import <nixpkgs/lib>; in (lib.evalModules { modules = [
    (lib.mkRenamedOptionModule [ "old" ] [ "new" "place" ])
    { options.new.place = lib.mkOption { type = lib.types.int; }; options.warnings = lib.mkOption { }; }
    { old = 3; }
  ]; }).config`;
  expect(await evaluate(`let c = ${expression}; in { inherit (c.new) place; inherit (c) warnings; }`)).toStrictEqual({
    place: 3,
    warnings: ["The option `old' defined in `<unknown-file>' has been renamed to `new.place'."],
  });
});

test('extendModules evaluates again with more', async () => {
  const expression = `let lib = import <nixpkgs/lib>; base = lib.evalModules { modules = [
      ({ extra, lib, ... }: { options.v = lib.mkOption { default = extra; }; config._module.args.extra = lib.mkDefault 1; })
    ]; }; in [ base.config.v (base.extendModules { modules = [ { v = 2; } ]; }).config.v ]`;
  expect(await evaluate(expression)).toStrictEqual([1, 2]);
});
