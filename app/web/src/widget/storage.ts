/** What the browser keeps for one site; where it may keep nothing, the page remembers until it is left. */
export class Kept {
  private readonly memory = new Map<string, string>();

  constructor(
    private readonly site: string,
    private readonly area: () => Storage,
  ) {}

  read(name: string): string {
    try {
      return this.area().getItem(this.key(name)) ?? this.memory.get(name) ?? "";
    } catch {
      return this.memory.get(name) ?? "";
    }
  }

  write(name: string, value: string): void {
    this.memory.set(name, value);
    try {
      if (value) this.area().setItem(this.key(name), value);
      else this.area().removeItem(this.key(name));
    } catch {
      // Private windows and blocked storage: the memory has it.
    }
  }

  private key(name: string): string {
    return `freshet.widget.${this.site}.${name}`;
  }
}
