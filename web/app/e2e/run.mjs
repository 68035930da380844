// Runs the browser tests: all of them, or with --short those of the main paths, for every place once. Where CI is set a
// file that fails is tried once more, and told of: a machine that stalls for seconds is no fault of a page.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const here = new URL('.', import.meta.url).pathname
const short = ['(light)', '/logs is whole and without barriers (dark)', '/overview is whole and without barriers (phone)', 'everything can be reached by the keyboard alone', 'an expired session', 'a sign-in link works once',
  'a lost connection', 'a query gives rows and a chart', 'a wrong query shows', 'a hundred thousand rows', 'the editor completes', 'a dashboard is made', 'an output is paused']
const only = process.argv.includes('--short') ? ['--test-name-pattern', short.map((s) => s.replace(/[()]/g, '\\$&')).join('|')] : []
const files = readdirSync(here).filter((f) => f.endsWith('.test.mjs') && (only.length === 0 || f !== 'charts.test.mjs'))

const passes = (file) => spawnSync(process.execPath, ['--test', '--test-reporter=spec', ...only, here + file], { stdio: 'inherit' }).status === 0
let failed = 0
for (const file of files) {
  if (passes(file)) continue
  if (process.env.CI && passes(file)) console.log(`${file} passed at its second run`)
  else failed++
}
process.exitCode = failed > 0 ? 1 : 0
