// Gives the reader a file to keep.

/** Offers a file under a name; letters that a file name cannot have become dashes. */
export function save(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name.replaceAll(/[\\/:*?"<>|]/g, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** The same for what is kept as JSON. */
export function saveJson(value: unknown, name: string): void {
  save(new Blob([`${JSON.stringify(value, null, 2)}\n`], { type: "application/json" }), name);
}
