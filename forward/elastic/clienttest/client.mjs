// Reads and writes with Elastic's own client: what it takes for a cluster is one in its eyes, and what it reads there is
// what was delivered. One JSON object on standard output.
import { Client, errors } from '@elastic/elasticsearch'

const { ES_URL: node, ES_API_KEY: apiKey, ES_PASSWORD: password, ES_INDEX: index } = process.env
const auth = apiKey ? { apiKey } : { username: 'elastic', password }
const client = new Client({ node, auth, compression: true, maxRetries: 3 })
const out = {}

// The client refuses to speak to anything that does not say that it is Elasticsearch.
out.version = (await client.info()).version.number

// Its own bulk helper: a data stream takes only create; what is refused for now it sends again, what is there already
// is a conflict, what does not fit the index is dropped.
const docs = [
  { '@timestamp': '2026-01-01T00:00:00Z', id: 'own-1', n: 1 },
  { '@timestamp': '2026-01-01T00:00:01Z', id: 'own-2', n: 2 },
  { '@timestamp': '2026-01-01T00:00:02Z', id: 'own-1', n: 3 },
  { id: 'own-4', n: 4 },
  { '@timestamp': '2026-01-01T00:00:04Z', id: 'own-5', n: { not: 'a number' } }
]
const dropped = []
const done = await client.helpers.bulk({
  datasource: docs, retries: 3, wait: 10, concurrency: 1,
  onDocument: ({ id, ...doc }) => [{ create: { _index: 'logs-own-default', _id: id } }, doc],
  onDrop: (d) => dropped.push(`${d.operation.create._id} ${d.status} ${d.error.type}`)
})
out.own = { total: done.total, successful: done.successful, failed: done.failed, retried: done.retry > 0, dropped }

// An index operation is not for data streams; a wrong key is told.
const indexed = await client.bulk({ operations: [{ index: { _index: 'logs-own-default', _id: 'x' } }, { '@timestamp': '2026-01-01T00:00:00Z' }] })
out.index = indexed.items[0].index.status
try {
  await new Client({ node, auth: { apiKey: 'wrong' }, maxRetries: 0 }).info()
} catch (e) {
  out.denied = e instanceof errors.ResponseError ? e.statusCode : String(e)
}

// What Lazuli delivered, page by page.
out.count = (await client.count({ index })).count
out.docs = {}
let after
for (;;) {
  const page = await client.search({ index, size: 50, sort: [{ _id: 'asc' }], ...(after ? { search_after: after } : {}) })
  if (page.hits.hits.length === 0) break
  for (const h of page.hits.hits) out.docs[h._id] = h._source
  after = page.hits.hits.at(-1).sort
}
const one = Object.keys(out.docs)[0]
out.one = (await client.get({ index, id: one }))._id === one
console.log(JSON.stringify(out))
