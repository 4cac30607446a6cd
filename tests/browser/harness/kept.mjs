// What a device stores in IndexedDB, whatever put it there.
//
// Why it exists: that text is gone from a device is shown by looking through every value of every store, not by asking
// the product.

/** What the device keeps of texts, as one string of bytes. */
export async function kept(page) {
  return page.evaluate(async () => {
    const stores = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((done, failed) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => done(opening.result);
        opening.onerror = () => failed(opening.error);
      });
      for (const store of database.objectStoreNames) {
        const rows = await new Promise((done, failed) => {
          const reading = database.transaction(store).objectStore(store).getAll();
          reading.onsuccess = () => done(reading.result);
          reading.onerror = () => failed(reading.error);
        });
        stores.push(...rows);
      }
      database.close();
    }
    const text = (value) => {
      if (value instanceof ArrayBuffer) return text(new Uint8Array(value));
      if (ArrayBuffer.isView(value)) return new TextDecoder("utf-8", { fatal: false }).decode(value);
      if (value !== null && typeof value === "object") return Object.values(value).map(text).join("\n");
      return String(value);
    };
    return stores.map(text).join("\n");
  });
}
