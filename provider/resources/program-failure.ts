import * as pulumi from '@pulumi/pulumi';

/**
 * A mistake of the person that ends the program with its text alone, without a stack. The SDK puts "error serializing
 * property …" before the message of what an input is rejected with; this one keeps its own.
 */
export class ProgramFailure extends pulumi.RunError {
  constructor(text: string) {
    super(text);
    Object.defineProperty(this, 'message', { get: () => text, set: () => undefined });
  }
}
