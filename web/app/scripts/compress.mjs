// Compresses what was built. A compressed file replaces the plain one: the server unpacks it for the rare client
// that takes no compression, and the program stays small.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = new URL('../../dist/', import.meta.url).pathname
const rows = []
for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name)
  if (!statSync(file).isFile() || !/\.(js|css|json|svg|ttf)$/.test(name)) continue
  const plain = readFileSync(file)
  const gzip = gzipSync(plain, { level: 9 })
  const quality = plain.length > 2 << 20 ? 9 : 11
  const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } })
  rows.push({ file: name, bytes: plain.length, gzip: gzip.length, brotli: brotli.length })
  if (plain.length < 1024) continue
  writeFileSync(file + '.gz', gzip)
  writeFileSync(file + '.br', brotli)
  rmSync(file)
}
rows.sort((a, b) => b.gzip - a.gzip)
for (const r of rows) console.log(String(r.gzip).padStart(9), String(r.brotli).padStart(9), String(r.bytes).padStart(9), ' ', r.file)
console.log(String(rows.reduce((n, r) => n + r.gzip, 0)).padStart(9), String(rows.reduce((n, r) => n + r.brotli, 0)).padStart(9), String(rows.reduce((n, r) => n + r.bytes, 0)).padStart(9), '  all (gzip, brotli, plain)')
