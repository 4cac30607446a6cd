// Prints this server's figures beside a peer's, with their ratio, from the files that one run of bench-peers.sh left.
//
// node bench-peers.mjs DIRECTORY PEER: DIRECTORY/ours.jsonl holds a line per work of `bench_sync`,
// DIRECTORY/results/PEER-WORK.json what the harness of the peers measured. A ratio under 1 is less than the peer's.
import fs from "node:fs";

const [directory, peer] = process.argv.slice(2);
const ours = fs
  .readFileSync(`${directory}/ours.jsonl`, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const figures = (work) => ours.find((one) => one.work === work)?.figures ?? {};
const theirs = (work) => JSON.parse(fs.readFileSync(`${directory}/results/${peer}-${work}.json`, "utf8"));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const shown = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "not measured");

console.log(`| work | figure | this server | ${peer} | ratio |\n|---|---|---|---|---|`);
function row(work, figure, own, other) {
  const ratio = own / other;
  console.log(`| ${work} | ${figure} | ${shown(own)} | ${shown(other)} | ${shown(ratio)} |`);
}

for (const [work, load] of [
  ["w1tiny", "4x2"],
  ["w1", "10x10"],
  ["w1big", "20x20"],
]) {
  const [own, relay, other] = [figures(`light ${load}`), figures(`relay ${load}`), theirs(work)];
  const cpu = "server CPU-s per 1000 deliveries";
  row(load, "typed of offered", own.typed / own.of, other.typed / other.offered);
  row(load, "to another client, ms p50", own["other client ms p50"], other.latencyMs.p50);
  row(load, "ms p99", own.p99, other.latencyMs.p99);
  row(load, cpu, own[cpu], other.serverCpuPer1kDeliveries);
  row(load, `${cpu}, beside the bare relay's`, own[cpu], relay[cpu]);
  row(load, "server's peak, MB", own["server peak MB"], other.serverPeakRssMB);
}
const [opened, cold] = [figures("long"), theirs("w2").opens.filter((open) => open.kind === "cold")];
row("long text", "opened, ms", opened["opened in ms (median of 3)"], median(cold.map((open) => open.ms)));
row("long text", "received, kB", opened["kB received"], median(cold.map((open) => open.bytes.in)) / 1000);
row("long text", "server CPU-s", opened["server CPU-s each"], median(cold.map((open) => open.serverCpuS)));
const [documents, many] = [figures("documents of 10 kB"), theirs("w3").reopenAfterRestart];
row("many texts", "opened, s", documents["opened in s"], many.openMs / 1000);
row("many texts", "all open, MB", documents["MB open"], many.rss1000OpenMB);
row("many texts", "closed, MB", documents["MB closed"], many.rssClosed30sMB);
const sum = (values) => values.reduce((a, b) => a + b, 0);
const kills = ours.filter((one) => one.work === "killed").map((one) => one.figures);
const trials = theirs("w4").trials;
console.log(
  `\nKilled while people type: ${sum(kills.map((one) => one["of these lost"]))} of ` +
    `${sum(kills.map((one) => one["seen by others"]))} letters lost that others had seen; ` +
    `${peer}: ${sum(trials.map((one) => one.lost ?? 0))} of ${sum(trials.map((one) => one.seenByOthers ?? 0))}.`,
);
