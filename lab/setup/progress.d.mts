export class Progress {
  start(title: string): void;
  update(line: string): void;
  say(line: string): void;
  done(): void;
  failed(): void;
}
