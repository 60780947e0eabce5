// Opens what is published as Node's own DuckDB client does; run in a folder where it is installed.
// Argument: the home. Prints what it saw as JSON.
import { createInterface } from "node:readline";
import duckdb from "@duckdb/node-api";

const [home] = process.argv.slice(2);
const open = async (file) =>
  (await duckdb.DuckDBInstance.create(file, { access_mode: "READ_ONLY" })).connect();
const one = async (con, sql) => (await con.runAndReadAll(sql)).getRowsJson()[0][0];
const runId = "SELECT DISTINCT run_id FROM core.measurement";

const con = await open(`${home}/igwatch.duckdb`);
const views = await con.runAndReadAll(
  "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1",
);
const seen = { version: duckdb.version(), rows: {} };
for (const [view] of views.getRowsJson()) {
  seen.rows[view] = Number(await one(con, `SELECT count(*) FROM ${view}`));
}
seen.before = await one(con, runId);
console.log("ready");
for await (const _ of createInterface({ input: process.stdin })) break;
seen.after = await one(con, runId);
seen.lists = await one(con, "SELECT routes FROM flag.patient_flag");
const quality = await open(`${home}/quality.duckdb`);
seen.quality = Number(await one(quality, "SELECT count(*) FROM quality.freshness"));
console.log(JSON.stringify(seen));
process.exit(0);
