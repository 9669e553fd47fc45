/**
 * The text that Pulumi stores with each resource and evaluates in the provider process, with the project's directory as
 * the working directory. It is constant, so that an edit of the provider is never a change of a resource, and old states
 * run new code.
 */
export function providerText(type: string): string {
  return `exports.handler=()=>require("./provider/dynamic/entry.cjs").load(${JSON.stringify(type)});`;
}
