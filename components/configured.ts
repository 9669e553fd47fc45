import type * as pulumi from '@pulumi/pulumi';

/** A `.nix` file or `flake#host`, as the resources take them. */
export function configured(configuration: string, nixPath: string[] | undefined) {
  return configuredLater(configuration, configuration, nixPath);
}

/** The same, where the resource gets it only later, as `value`. */
export function configuredLater<T extends pulumi.Input<string>>(text: string, value: T, nixPath: string[] | undefined) {
  return text.includes('#') ? { flake: value } : { configuration: value, ...given({ nixPath }) };
}

/** Without what is undefined: an input that is not given is not in the state either. */
export function given<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
