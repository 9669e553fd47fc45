// Names that neither read anything nor put strings together. What is missing here costs a cached answer, nothing else.

/** Of `builtins`. */
export const harmlessBuiltins: ReadonlySet<string> = new Set(
  `abort add addErrorContext all any attrValues bitAnd bitOr bitXor catAttrs ceil compareVersions concatLists concatMap
   currentSystem deepSeq derivation div elem elemAt false filter floor foldl' functionArgs genList genericClosure getAttr
   groupBy hasAttr hasContext hashString head import intersectAttrs isAttrs isBool isFloat isFunction isInt isList isNull
   isPath isString langVersion length lessThan listToAttrs map mul nixVersion null partition pathExists placeholder
   readFile removeAttrs seq sort stringLength sub tail throw toJSON toString toXML trace traceVerbose true tryEval typeOf
   warn zipAttrsWith`.split(/\s+/),
);

/** Of nixpkgs' `lib`. */
export const harmlessLibrary: ReadonlySet<string> = new Set(
  `all any assertMsg assertOneOf attrValues boolToString catAttrs concatLists concatMap const count crossLists deepSeq
   drop elem elemAt fileContents filter filterAttrs findFirst flatten flip foldl foldl' foldr genAttrs genList getAttr
   getBin getDev getDoc getExe getLib getMan getOutput hasAttr hasPrefix hasSuffix head hiPrio id importApply
   inPureEvalMode init intersectLists isAttrs isBool isDerivation isFloat isFunction isInt isList isPath isString isType
   last length licenses listToAttrs literalExpression literalMD lowPrio maintainers map max mdDoc meta min mkAfter
   mkAliasOptionModule mkBefore mkDefault mkDerivedConfig mkEnableOption mkFixStrictness mkForce mkIf mkImageMediaOverride
   mkMerge mkOption mkOptionDefault mkOrder mkOverride mkPackageOption mkPackageOptionMD mkRemovedOptionModule
   mkRenamedOptionModule mkVMOverride mod mul not nullOr optional optionalAttrs optionals optionalString or partition
   platforms pipe range recursiveUpdate remove removeAttrs reverseList seq setPrio singleton sort sourceTypes sublist
   subtractLists tail take teams throwIf throwIfNot toInt toList trace traceVal traceValSeq trivial types unique
   versionAtLeast versionOlder warn warnIf warnIfNot xor zipLists zipListsWith`.split(/\s+/),
);

/** That read, whatever they are part of; with an argument that is a path in the source they are followed. */
export const readers: ReadonlySet<string> = new Set([
  'import',
  'readFile',
  'pathExists',
  'fileContents',
  'importApply',
  'callPackage',
]);

/** That read, or make paths, in a way that cannot be followed, whatever they are part of. */
export const untold: ReadonlySet<string> = new Set(
  `appendContext cleanSource cleanSourceWith commitIdFromGitRepo concatLines concatMapAttrsStringSep concatMapStrings
   concatMapStringsSep concatStrings concatStringsSep copyPathToStore currentTime dirOf exec fetchClosure
   fetchFinalTree fetchGit fetchMercurial fetchTarball fetchTree fileset filesystem filterSource findFile findSingle
   fromJSON fromTOML getEnv getFlake gitignoreSource hashFile importJSON importNative importNpmLock importTOML
   listFilesRecursive locateDominatingFile match nixPath outputOf packagesFromDirectoryRecursive parseFlakeRef
   pathIsDirectory pathIsGitRepo pathIsRegularFile pathType readDir readFileType removePrefix removeSuffix
   replaceStrings scopedImport sourceByRegex sourceFilesBySuffices sources split splitString storeDir storePath strings
   substring toFile toPath unsafeDiscardStringContext`.split(/\s+/),
);

/** Attributes whose names begin with two underscores and that mean no built-in function. */
export const harmlessUnderscored: ReadonlySet<string> = new Set([
  '__curPos',
  '__functionArgs',
  '__functor',
  '__structuredAttrs',
  '__toString',
]);

/** What may stand in a list of modules beside path literals and modules that are written out. */
export const harmlessInImports: ReadonlySet<string> = new Set(
  'builtins else false if import lib modulesPath mkIf optional optionals pathExists then true'.split(' '),
);
