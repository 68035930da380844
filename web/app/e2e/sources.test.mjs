import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers, launch, openPage, shot } from './browser.mjs'
import { startServer } from './server.mjs'

const config = `
tokens:
  - name: reader
    token: reader-token-for-the-tests-0123456789
    scopes: [query]
outputs:
  - name: archive
    workspace: default
    query: SigninLogs | where ResultType != "0"
    from: beginning
    file:
      dir: {data}/out
`

let server, browser
before(async () => {
  server = await startServer(config)
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await server?.remove()
})

const card = (page, name) => page.locator('.flow', { has: page.getByRole('heading', { name, exact: true }) })

test('an output is paused, keeps what comes, goes on, and replays a window', async () => {
  const { page, faults, context } = await openPage(browser, server, { path: '/sources' })
  const output = card(page, 'archive')
  await output.getByText('Running').waitFor()
  await page.waitForFunction(() => /Delivered\s*200/.test([...document.querySelectorAll('.flow')].find((f) => f.textContent.includes('archive'))?.textContent ?? ''))
  await output.getByRole('button', { name: 'Pause archive' }).click()
  const dialog = page.getByRole('dialog', { name: 'Pause archive?' })
  await dialog.getByText(/stays paused when the server starts again/).waitFor()
  await dialog.getByRole('button', { name: 'Pause', exact: true }).click()
  await output.getByText('Paused', { exact: true }).first().waitFor()
  await server.signIns(800_000, 20, 0)
  await page.waitForFunction(() => /Waiting\s*2\b/.test([...document.querySelectorAll('.flow')].find((f) => f.textContent.includes('archive'))?.textContent ?? ''))
  await shot(page, 'sources-paused')
  assert.deepEqual(await barriers(page), [])
  await output.getByRole('button', { name: 'Resume archive' }).click()
  await page.waitForFunction(() => /Delivered\s*202/.test([...document.querySelectorAll('.flow')].find((f) => f.textContent.includes('archive'))?.textContent ?? ''))

  await output.getByRole('button', { name: 'Replay archive' }).click()
  const replay = page.getByRole('dialog', { name: 'Replay archive' })
  await replay.getByLabel('From (UTC)').fill('2030-01-01T00:00')
  await replay.getByText('Must be later').waitFor()
  assert.ok(await replay.getByRole('button', { name: 'Send again' }).isDisabled())
  await replay.getByRole('button', { name: 'Last 24 hours' }).click()
  await shot(page, 'sources-replay')
  assert.deepEqual(await barriers(page), [])
  await replay.getByRole('button', { name: 'Send again' }).click()
  await output.getByText(/20\d sent/).waitFor()
  await output.getByText('done', { exact: true }).waitFor()
  await output.getByRole('button', { name: /^Forget: Replay of/ }).click()
  await page.waitForFunction(() => !document.querySelector('.replay'))
  await context.close()
  assert.deepEqual(faults, [])
})

test('a source is paused, sends senders away, and goes on', async () => {
  const { page, faults, context } = await openPage(browser, server, { path: '/sources' })
  const source = page.getByRole('list', { name: 'Sources' }).locator('.flow').first()
  await source.getByText('Running').waitFor()
  await source.getByRole('button', { name: /^Pause/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/answered 503 with Retry-After/).waitFor()
  await dialog.getByRole('button', { name: 'Pause', exact: true }).click()
  await source.getByText('Paused', { exact: true }).waitFor()
  await assert.rejects(server.signIns(900_000, 1, 0), /503/)
  await source.getByRole('button', { name: /^Resume/ }).click()
  await source.getByText('Running').waitFor()
  await server.signIns(900_000, 1, 0)
  await shot(page, 'sources')
  await context.close()
  assert.deepEqual(faults, [])
})

test('who is no administrator sees what arrived, and why there is no more', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(server.url + '/signin')
  await page.getByLabel('Token').fill('reader-token-for-the-tests-0123456789')
  await page.keyboard.press('Enter')
  await page.waitForSelector('nav')
  await page.goto(server.url + '/sources')
  await page.getByText(/need a token with the scope admin; the one you signed in with has query/).waitFor()
  await page.getByRole('cell', { name: 'SigninLogs' }).waitFor()
  assert.equal(await page.getByRole('button', { name: /^Pause/ }).count(), 0)
  await context.close()
})
