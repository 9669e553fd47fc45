import * as pulumi from '@pulumi/pulumi';
import { providerText } from '../dynamic/provider-text.ts';

/**
 * A resource that the handler of the same name carries out. Its type and its provider text are constants: both are in users'
 * states, where a change would be a replacement.
 */
export abstract class DynamicResource extends pulumi.CustomResource {
  /**
   * @param outputNames what the handler returns beside the inputs; named here so that the program can wait for it.
   */
  constructor(
    type: string,
    name: string,
    inputs: Record<string, unknown>,
    outputNames: readonly string[],
    options?: pulumi.CustomResourceOptions,
  ) {
    const resourceType = `pulumi-nodejs:dynamic/nixos-pi:${type}`;
    const outputs = Object.fromEntries(outputNames.map((output) => [output, undefined]));
    super(
      resourceType,
      name,
      {
        ...outputs,
        ...inputs,
        ...secretsIn(inputs),
        __provider: providerText(type),
        __urn: urnOf(name, resourceType, options?.parent),
      },
      pulumi.mergeOptions(options, { additionalSecretOutputs: [...secretNames] }),
    );
  }
}

const secretNames = ['sudoPassword', 'hostPrivateKey', 'wifi', 'files'] as const;

/** Also where a program gives them plainly: the engine keeps inputs in the state, and `additionalSecretOutputs` says nothing about them. */
function secretsIn(inputs: Record<string, unknown>): Record<string, pulumi.Output<unknown>> {
  const given = secretNames.filter((name) => inputs[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, pulumi.secret(inputs[name])]));
}

/**
 * The resource's address, for its log lines. As a promise, because the URN as an output depends on the parent, and an input
 * that depends on the parent component would wait for this very resource.
 */
function urnOf(name: string, type: string, parent: pulumi.Resource | undefined): Promise<string> {
  return new Promise((resolve) => {
    pulumi.createUrn(name, type, parent).apply(resolve);
  });
}
