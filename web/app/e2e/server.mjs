// Starts a Lazuli server of its own for the tests, with records that the tests know.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = new URL('../../../', import.meta.url).pathname
const program = process.env.LAZULI_BIN ?? join(root, 'bin/lazuli')

const freePort = () =>
  new Promise((resolve, reject) => {
    const s = createServer()
    s.once('error', reject)
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => resolve(port))
    })
  })

/** A sign-in as Entra ID writes it; a place is city, country, latitude and longitude. */
export function signIn(i, time, place = [['Porto', 'PT', 41.15, -8.61], ['Bergen', 'NO', 60.39, 5.32], ['Leeds', 'GB', 53.8, -1.55]][i % 3]) {
  const failed = i % 10 === 0
  const [city, country, latitude, longitude] = place
  return {
    time: time.toISOString(), resourceId: '/tenants/11111111-1111-4111-8111-111111111111/providers/Microsoft.aadiam', operationName: 'Sign-in activity', category: 'SignInLogs',
    resultType: failed ? '50126' : '0', resultDescription: failed ? 'Error validating credentials due to invalid username or password.' : '', callerIpAddress: `198.51.100.${i % 50}`, location: country,
    properties: {
      id: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`, createdDateTime: time.toISOString(), userPrincipalName: `user${i % 40}@example.org`, userDisplayName: `User ${i % 40}`, appDisplayName: ['Portal', 'Mail', '=cmd()'][i % 3],
      ipAddress: `198.51.100.${i % 50}`, status: { errorCode: failed ? 50126 : 0 }, location: { city, countryOrRegion: country, geoCoordinates: { latitude, longitude } }, deviceDetail: { isManaged: i % 2 === 0, operatingSystem: 'Linux' },
    },
  }
}

/** Starts a server with two thousand sign-ins of the last hours. config is the text of a configuration file; {data} in it is the folder. */
export async function startServer(config = '') {
  if (!existsSync(program)) throw new Error(`${program} is missing; run make console build`)
  const data = mkdtempSync(join(tmpdir(), 'lazuli-e2e-'))
  const port = await freePort()
  const more = []
  if (config) {
    writeFileSync(join(data, 'lazuli.yml'), config.replaceAll('{data}', data))
    more.push('--config', join(data, 'lazuli.yml'))
  }
  const server = {
    url: `http://127.0.0.1:${port}`,
    data,
    token: '',
    async start() {
      this.child = spawn(program, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--log-level', 'error', ...more], { stdio: ['ignore', 'ignore', 'inherit'] })
      const until = Date.now() + 20_000
      for (;;) {
        try {
          if ((await fetch(this.url + '/healthz')).ok) break
        } catch {
          if (Date.now() > until) throw new Error('the server does not start')
          await new Promise((r) => setTimeout(r, 100))
        }
      }
      this.token = readFileSync(join(data, 'token'), 'utf8').trim()
    },
    async stop() {
      const ended = new Promise((r) => this.child.once('exit', r))
      this.child.kill('SIGTERM')
      await ended
    },
    async api(path, init = {}) {
      const answer = await fetch(this.url + path, { ...init, headers: { Authorization: 'Bearer ' + this.token, ...init.headers } })
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
      return answer.status === 204 ? undefined : answer.json()
    },
    send(records) {
      return this.api('/v1/ingest', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ records }) })
    },
    /** An alert as Defender for Cloud's API has it. */
    alert(id, severity, name) {
      const value = [{ id: `/subscriptions/11112222-3333-4444-5555-666677778888/resourceGroups/rg/providers/Microsoft.Security/locations/norwayeast/alerts/${id}`, name: id, type: 'Microsoft.Security/Locations/alerts', properties: { severity, status: 'New', systemAlertId: id, alertDisplayName: name, compromisedEntity: 'vm1', timeGeneratedUtc: new Date().toISOString() } }]
      return this.api('/v1/ingest', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ value }) })
    },
    signIns(from, count, seconds) {
      return this.send(Array.from({ length: count }, (_x, i) => signIn(from + i, new Date(Date.now() - (count - i) * seconds * 1000))))
    },
    async link() {
      return (await this.api('/v1/console/links', { method: 'POST' })).path
    },
    async remove() {
      await this.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
  await server.start()
  await server.signIns(0, 2000, 30)
  return server
}

/** The chromium of the system. */
export function chromiumPath() {
  const named = process.env.CHROMIUM ?? '/usr/bin/chromium'
  if (existsSync(named)) return named
  const found = spawnSync('which', ['chromium', 'chromium-browser', 'google-chrome'], { encoding: 'utf8' }).stdout.split('\n')[0]
  if (!found) throw new Error('no Chromium; install the package chromium, or set CHROMIUM')
  return found
}
