import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mentionsIn } from '../../../../provider/nix/evaluation-cache/source-rules.ts';
import { tokensOf } from '../../../../provider/nix/evaluation-cache/tokens.ts';
import { Uncertain } from '../../../../provider/nix/evaluation-cache/uncertain.ts';

/** What a file mentions, in short: `path ./x`, `text /etc/x`. */
function mentions(source: string): string[] {
  return mentionsIn(tokensOf(source)).map((mention) =>
    mention.kind === 'path' && mention.use !== undefined
      ? `${mention.use} ${mention.text}`
      : `${mention.kind} ${mention.text}`,
  );
}

describe('what a file may read is told', () => {
  test.each<[string, string[]]>([
    ['{ networking.hostName = "kitchen"; }', []],
    ['{ imports = [ ./a.nix ../b ]; }', ['path ./a.nix', 'path ../b']],
    ['{ imports = [ <nixos-hardware/raspberry-pi/4> ]; }', ['lookup nixos-hardware/raspberry-pi/4']],
    ['import ./a.nix { }', ['import ./a.nix']],
    [
      '{ imports = [ { x = y; } (import ./a.nix { inherit pkgs; }) ] ++ lib.optional true ./b.nix; }',
      ['import ./a.nix', 'path ./b.nix'],
    ],
    ['pkgs.callPackage ./a.nix { }', ['import ./a.nix']],
    ['builtins.readFile ./key.pub', ['readFile ./key.pub']],
    ['lib.fileContents ./key.pub', ['readFile ./key.pub']],
    ['lib.optional (builtins.pathExists ./local.nix) ./local.nix', ['path ./local.nix', 'path ./local.nix']],
    ['{ x = ./. + "/a.nix"; }', ['path ./.' + '/a.nix']],
    [
      '{ keyFiles = [ /home/me/key.pub ~/other.pub "/home/me/third.pub" ]; }',
      ['path /home/me/key.pub', 'path ~/other.pub', 'text /home/me/third.pub'],
    ],
    ['{ fileSystems."/boot".device = "/dev/disk"; }', ['name /boot', 'text /dev/disk']],
    ['{ "/mnt" = 1; }', ['name /mnt']],
    ['{ x = "/var/lib/${name}/y"; }', ['text /var/lib/']],
    ["{ x = ''\n    /etc/hosts''; }", ['text /etc/hosts']],
    ['{ x = "${pkgs.coreutils}/bin/ls"; }', []],
    ['{ x = "${pkgs.python3.pkgs.foo}/bin/ls --all"; }', []],
    ['{ x = "${./script}/run"; }', ['path ./script']],
    ['{ x = "${modulesPath}/profiles/minimal.nix"; }', []],
    ['{ x = (modulesPath + "/profiles/minimal.nix"); }', []],
    ['{ x = "${toString 80}"; }', []],
    ['{ url = "http://${config.networking.hostName}:80/x"; }', []],
    ["{ script = ''\n  echo ${config.x}/y\n  cat /etc/hosts\n''; }", []],
    ["{ script = ''\n  ${config.x}/bin/y\n''; }", []],
    ['{ users.users.${user} = { home = "kitchen"; }; }', []],
    ['{ x = "a" + b; y = 1 + z; }', []],
    ['with pkgs; [ vim git ]', []],
    ['{ lib, pkgs, ... }: { x = lib.mkIf true (lib.mkDefault 1); }', []],
    ['{ x = with lib.maintainers; [ me ]; }', []],
    ['let inherit (lib) mkIf mkDefault; in mkIf true 1', []],
    ['{ lib, ... }@args: import ./a.nix { inherit lib; }', ['import ./a.nix']],
  ])('%s', (source, expected) => {
    expect(mentions(source)).toEqual(expected);
  });
});

// What someone could write, on purpose or not, whose reads are not to be seen in the tokens.
const untold = [
  '{ imports = [ downloaded ]; }',
  '{ imports = [ (pkgs.fetchzip { }) ]; }',
  '{ imports = [ "${downloaded}" ]; }',
  '{ imports = map f [ ./x ]; }',
  '{ inherit imports; }',
  '{ "imports" = [ downloaded ]; }',
  'pkgs.callPackage downloaded { }',
  'builtins.getEnv "HOME"',
  'builtins.currentTime',
  'builtins.readFile "/etc/hostname"',
  'builtins.readFile (./. + "/x")',
  'builtins.readFile x',
  'map builtins.readFile [ ./x ]',
  'map import [ ./a.nix ]',
  'import "/etc/x.nix"',
  'import (x + "/y")',
  'let read = builtins.readFile; in read y',
  'let b = builtins; in b.readFile y',
  'builtins.${"readFile"} y',
  'builtins."readFile" y',
  'with builtins; readFile y',
  'with lib; fileContents y',
  'with (import ./x.nix); y',
  'inherit (builtins) readFile;',
  '{ inherit (builtins) getEnv; }',
  'let inherit (lib) removePrefix; in removePrefix "x" "x/etc/hosts"',
  '__readFile y',
  '__getEnv "HOME"',
  'fetchTarball "https://example.org/x.tar.gz"',
  'builtins.fetchGit ./x',
  'builtins.fetchTarball { url = "x"; sha256 = "y"; }',
  'builtins.readDir ./x',
  'builtins.path { path = ./x; }',
  'builtins.storePath "/nix/store/x"',
  'builtins.findFile builtins.nixPath "x"',
  'scopedImport { } ./x.nix',
  '<nixpkgs/lib>',
  '(import <nixpkgs/lib>).removePrefix',
  '<nix/fetchurl.nix>',
  'lib.removePrefix "x" "x/etc/hosts"',
  'lib.concatStrings [ "/" "etc" ]',
  'lib.strings.concatStrings [ "/" "etc" ]',
  'pkgs.lib.removePrefix "x" "x/etc/hosts"',
  'args.lib.removePrefix "x" "x/etc/hosts"',
  'args."lib".removePrefix "x" "x/etc/hosts"',
  'args.${"li" + "b"}.removePrefix "x" "x/etc/hosts"',
  'let l = lib; in l.removePrefix "x" "x/etc/hosts"',
  'f lib',
  '[ lib ]',
  '{ x = lib; }',
  'pkgs.${x}',
  '"/et" + "c/hosts"',
  '("/et") + "c/hosts"',
  'let a = "/et"; in a + "c/hosts"',
  'let a = "/et"; in "${a}c/hosts"',
  '"${a}${b}"',
  '"${pkgs.x}c/hosts"',
  '"${pkgs.x}/${y}"',
  '"${config.users.users.me.home}/key.pub"',
  '"${toString ./.}/x"',
  'toString ./. + "/x"',
  'f modulesPath + "/x"',
  '{ modulesPath = "/et"; }',
  'let pkgs = { x = config.home; }; in 1',
  'modulesPath + "/../../x"',
  './. + "/../x"',
  './. + x',
  './. + "/${x}"',
  './${x}.nix',
  '/${x}',
  '"${modulesPath}/../../x"',
  '"../x"',
  '"a/.."',
  '".${dot}/x"',
  '"." + dot',
  'dirOf ./.',
  'builtins.substring 1 9 "x/etc/hosts"',
  'lib.importJSON ./x.json',
  'builtins.fromJSON (builtins.readFile ./x.json)',
  'lib.filesystem.listFilesRecursive ./x',
  'lib.cleanSource ./x',
  "''${config.x}/y''",
  "''\n  ${config.x}/y''",
  "''  /etc/${x}'' + y",
  '"x" + (f "y") + z + lib.concatStrings',
  'f "x" + "y"',
];

describe('what a file may read is not certain', () => {
  test.each(untold)('%s', (source) => {
    expect(() => mentions(source)).toThrow(Uncertain);
  });

  test('wherever it stands', () => {
    const around = fc.constantFrom<(inner: string) => string>(
      (inner) => `{ x = ${inner}; }`,
      (inner) => `[ (${inner}) ]`,
      (inner) => `"a\${${inner}}"`,
      (inner) => `''\n  a \${${inner}}\n''`,
      (inner) => `{ config, lib, ... }: ${inner}`,
      (inner) => `let y = 1; in ${inner}`,
      (inner) => `/* c */ (f (${inner}) # d\n)`,
      (inner) => `{ \${${inner}} = 1; }`,
    );
    const expressions = untold.filter((source) => !source.includes('inherit (builtins) readFile;'));
    fc.assert(
      fc.property(fc.constantFrom(...expressions), fc.array(around, { maxLength: 4 }), (source, layers) => {
        const wrapped = layers.reduce((inner, layer) => layer(inner), source);
        expect(() => mentions(wrapped)).toThrow(Uncertain);
      }),
      { numRuns: 1000 },
    );
  });

  test('or it is told: an absolute path in a string, whatever is around it', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', '_', '1'), minLength: 1, maxLength: 5 });
    const folders = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
    const quoted = fc.constantFrom<(path: string) => string>(
      (path) => `"${path}"`,
      (path) => `''${path}''`,
      (path) => `''\n    ${path}''`,
      (path) => path,
      (path) => `(lib.mkDefault "${path}")`,
      (path) => `[ "x" "${path}" ]`,
      (path) => `{ a = "\${"${path}"}"; }`,
      (path) => `"${path}/\${x}"`,
    );
    fc.assert(
      fc.property(folders, quoted, (path, quote) => {
        expect(mentions(`{ x = ${quote(path)}; }`).some((mention) => mention.includes(path))).toBe(true);
      }),
    );
  });
});
