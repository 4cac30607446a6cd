import { person, startBrowser, PHONE } from "./harness/browser.mjs";
import { Server } from "./harness/server.mjs";
const s = await Server.started(); const b = await startBrowser();
const v = await person(b, s, null, { viewport: PHONE });
const open=new Map(); v.context.on("request", r => {open.set(r, r.url()); console.log("req", r.method(), r.url(), !!r.serviceWorker?.())}); v.context.on("requestfinished", r => open.delete(r)); v.context.on("requestfailed", r => {console.log("failed", r.url(), r.failure()?.errorText); open.delete(r)});
await v.page.goto("/aanmelden"); await v.page.locator("main h1").first().waitFor();
const t=Date.now(); await v.page.waitForLoadState("networkidle", {timeout: 9000}).then(()=>console.log("idle", Date.now()-t), e=>console.log("NOT IDLE"));
console.log([...open.values()]);
await b.close(); await s.stop();
