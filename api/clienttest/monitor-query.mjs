// What @azure/monitor-query sees of the server: prints one JSON object. Endpoint and authority are all that
// differs from a program that asks Azure.
import { LogsQueryClient } from "@azure/monitor-query";

const { LAZULI_ENDPOINT: endpoint, LAZULI_WORKSPACE: workspace, LAZULI_TOKEN: token } = process.env;
const { LAZULI_GOOD: good, LAZULI_BAD: bad, LAZULI_BROKEN: broken, LAZULI_PARTIAL: partly } = process.env;
const credential = (value) => ({ getToken: async () => ({ token: value, expiresOnTimestamp: Date.now() + 3600e3 }) });
const client = new LogsQueryClient(credential(token), { endpoint, retryOptions: { maxRetries: 0 } });
const seen = {};

const failure = async (work) => {
  try {
    await work();
    return "no error";
  } catch (e) {
    const inner = e.details?.error?.innererror ?? e.details?.error?.innerError;
    return { status: e.statusCode, code: e.code, inner: inner?.code, innermost: inner?.innererror?.code ?? inner?.innerError?.code };
  }
};
const shown = (t) => ({ name: t.name, columns: t.columnDescriptors.map((c) => `${c.name}:${c.type}`), rows: t.rows });

const all = await client.queryWorkspace(workspace, good, { duration: "PT1H" }, { serverTimeoutInSeconds: 33, includeQueryStatistics: true, includeVisualization: true });
seen.all = { status: all.status, tables: all.tables.map(shown), timed: all.statistics.query.executionTime > 0, chart: all.visualization.visualization };
const partial = await client.queryWorkspace(workspace, partly, { duration: "P1D" });
seen.partial = { status: partial.status, code: partial.partialError.code, rows: partial.partialTables[0].rows.length };
const resource = await client.queryResource("/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv", good, { duration: "P1D" });
seen.resource = { status: resource.status, rows: resource.tables[0].rows.length };
const batch = await client.queryBatch(
  [good, bad, partly, good].map((query) => ({ workspaceId: workspace, query, timespan: { duration: "P1D" }, includeVisualization: query === good })),
);
seen.batch = batch.map((r) => ({ status: r.status, code: r.code ?? r.partialError?.code, rows: (r.tables ?? r.partialTables)?.[0]?.rows.length, chart: r.visualization?.visualization }));
seen.bad = await failure(() => client.queryWorkspace(workspace, bad, { duration: "P1D" }));
seen.broken = await failure(() => client.queryWorkspace(workspace, broken, { duration: "P1D" }));
seen.noWorkspace = await failure(() => client.queryWorkspace("nosuch", good, { duration: "P1D" }));
seen.noToken = await failure(() => new LogsQueryClient(credential("nobody"), { endpoint, retryOptions: { maxRetries: 0 } }).queryWorkspace(workspace, good, { duration: "P1D" }));
console.log(JSON.stringify(seen));
