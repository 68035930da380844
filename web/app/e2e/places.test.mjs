import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { launch, openPage, runQuery, shot, write } from './browser.mjs'
import { startServer } from './server.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let server, browser
before(async () => {
  server = await startServer()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await server?.remove()
})

/**
 * What WCAG 2.1 A and AA find wrong with the page. Left out are the editor and the charts, which are others' work and have
 * their own ways for readers, and Fluent's focus sentinels, which hand the focus on at once.
 */
async function barriers(page) {
  await page.evaluate(axe)
  const found = await page.evaluate(() =>
    window.axe.run({ exclude: [['.monaco-editor'], ['.chart-canvas'], ['[data-tabster-dummy]']] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join('; ')}`)),
  )
  return found
}

const ready = {
  '/overview': (page) => page.locator('.tile canvas').nth(1).waitFor(),
  '/logs': async (page) => {
    await runQuery(page, 'SigninLogs\n| where ResultType != "0"\n| top 100 by TimeGenerated')
    await page.waitForSelector('.grid-row')
  },
  '/dashboards': (page) => page.getByRole('heading', { name: 'Dashboards' }).waitFor(),
  '/tail': (page) => page.waitForSelector('.grid-row'),
  '/tables': (page) => page.getByRole('link', { name: 'SigninLogs' }).waitFor(),
  '/tables/SigninLogs': (page) => page.getByRole('heading', { name: 'Columns' }).waitFor(),
  '/sources': (page) => page.getByRole('heading', { name: 'Outputs' }).waitFor(),
}

for (const look of [{ name: 'light' }, { name: 'dark', dark: true }, { name: 'phone', phone: true }]) {
  for (const path of Object.keys(ready)) {
    test(`${path} is whole and without barriers (${look.name})`, async () => {
      const { page, faults, context } = await openPage(browser, server, { ...look, path })
      await ready[path](page)
      await page.waitForTimeout(600) // charts fade in; nothing tells when they have
      await shot(page, `${path.slice(1).replace('/', '-')}-${look.name}`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      assert.ok(wide <= 0, `the page is ${wide} px wider than the window`)
      assert.deepEqual(await barriers(page), [])
      await context.close()
      assert.deepEqual(faults, [])
    })
  }
}

test('everything can be reached by the keyboard alone', async () => {
  const { page, context } = await openPage(browser, server)
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await shot(page, 'shortcuts')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('l')
  await page.waitForSelector('.monaco-editor .view-lines')
  await page.locator('.monaco-editor textarea').first().focus()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText('SigninLogs | project UserPrincipalName, ResultType | take 50')
  await page.keyboard.press('Shift+Enter')
  await page.waitForSelector('.grid-row')
  await page.keyboard.press('Control+M') // Tab leaves the editor from now on
  for (let i = 0; i < 30 && !(await page.evaluate(() => document.activeElement.classList.contains('grid'))); i++) await page.keyboard.press('Tab')
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowRight')
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-activedescendant')), 'cell-1-1')
  await page.keyboard.press('Control+End')
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-activedescendant')), 'cell-49-1')
  await page.keyboard.press('Enter')
  await page.getByRole('complementary', { name: 'Details of the row' }).waitFor()
  await context.close()
})

test('a tile opens its query in Logs', async () => {
  const { page, context } = await openPage(browser, server)
  await page.getByRole('link', { name: 'Open the query of Failed sign-ins in Logs' }).click()
  await page.waitForSelector('.chart-canvas canvas')
  assert.match(await page.locator('.view-lines').innerText(), /ResultType/)
  await context.close()
})

test('the live tail shows a record that arrives, and only what the condition lets through', async () => {
  const { page, context } = await openPage(browser, server, { path: '/tail#SigninLogs' })
  await page.waitForSelector('.grid-row')
  const before = await page.locator('.statusbar strong').innerText()
  await server.signIns(500_000, 3, 0)
  await page.waitForFunction((n) => Number(document.querySelector('.statusbar strong').textContent) === n + 3, Number(before))
  await page.getByLabel('Condition in KQL').fill('ResultType != "0"')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.querySelectorAll('.grid-row').length > 0 && [...document.querySelectorAll('.grid-row')].every((r) => r.textContent.includes('50126')))
  await page.getByLabel('Condition in KQL').fill('Nonsense == 1')
  await page.keyboard.press('Enter')
  await page.getByText(/Nonsense/).first().waitFor()
  await context.close()
})

test('a dashboard is made, kept, and filled by its parameters', async () => {
  const { page, faults, context } = await openPage(browser, server, { path: '/dashboards' })
  await page.getByRole('button', { name: 'New dashboard' }).click()
  await page.getByLabel('Title').fill('Sign-ins at a glance')
  await page.getByRole('button', { name: 'Parameter' }).click()
  await page.getByLabel('Name').fill('country')
  await page.getByLabel('Value at first').fill('NO')
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Tile', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Title').fill('By hour')
  await dialog.locator('.monaco-editor').click()
  await page.keyboard.insertText('SigninLogs | where Location == {country} | summarize count() by Location, bin(TimeGenerated, 1h)')
  await dialog.getByLabel('Show as').selectOption('columnchart')
  await dialog.getByRole('button', { name: 'Try' }).click()
  await dialog.locator('.chart-canvas canvas').waitFor()
  await shot(page, 'dashboard-tile-editor')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Edit' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Sign-ins at a glance' }).waitFor()
  await page.locator('.tile canvas').waitFor()
  await page.getByLabel('country').fill('XX" or true or "')
  await page.keyboard.press('Enter')
  await page.getByText('Nothing in this time.').waitFor() // the value stayed a value
  await shot(page, 'dashboard')
  await context.close()
  assert.deepEqual(faults, [])
})

test('an Azure workbook comes over, and what does not is named', async () => {
  const { page, context } = await openPage(browser, server, { path: '/dashboards' })
  const workbook = {
    version: 'Notebook/1.0',
    items: [
      { type: 1, content: { json: '# Sign-in health' } },
      { type: 9, content: { parameters: [{ name: 'TimeRange', type: 4 }, { name: 'Country', type: 2, jsonData: '["NO","PT"]', value: 'PT' }] } },
      { type: 3, content: { query: "SigninLogs\n| where TimeGenerated {TimeRange}\n| where Location == '{Country}'\n| summarize Sum = count() by ResultType", title: 'By result', visualization: 'piechart', queryType: 0 }, customWidth: '50' },
      { type: 3, content: { query: 'Resources | count', title: 'Resource Graph', queryType: 1 } },
      { type: 12, content: { items: [{ type: 3, content: { query: 'SigninLogs | count', title: 'All', queryType: 0 } }] } },
    ],
  }
  await page.locator('input[type=file]').setInputFiles({ name: 'book.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(workbook)) })
  await page.getByText(/Resource Graph: it asks another service/).waitFor()
  await page.getByRole('link', { name: 'Open the dashboard' }).click()
  await page.getByRole('heading', { name: 'Sign-in health' }).waitFor()
  await page.locator('.tile canvas').waitFor()
  await page.locator('.tile', { hasText: 'All' }).getByText('2,0').waitFor()
  await shot(page, 'dashboard-workbook')
  await context.close()
})

test('an expired session asks for a token and keeps what was written', async () => {
  const { page, context } = await openPage(browser, server, { path: '/logs' })
  await write(page, 'SigninLogs | count')
  await context.clearCookies()
  await page.keyboard.press('Shift+Enter')
  const dialog = page.getByRole('alertdialog', { name: 'Your session has ended' })
  await dialog.waitFor()
  await shot(page, 'session-expired')
  await dialog.getByLabel('Token').fill('wrong')
  await page.keyboard.press('Enter')
  await dialog.getByText('The server does not know this token.').waitFor()
  await dialog.getByLabel('Token').fill(server.token)
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Run' }).click()
  await page.waitForSelector('.grid-row')
  await context.close()
})

test('a sign-in link works once; a token signs in too', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  const link = server.url + (await server.link())
  await page.goto(link)
  await page.waitForSelector('nav')
  assert.equal(new URL(page.url()).search, '')
  const cookie = (await context.cookies()).find((c) => c.name.startsWith('lazuli_session_'))
  assert.ok(cookie.httpOnly && cookie.sameSite === 'Strict')
  await page.getByRole('button', { name: /Account/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in to Lazuli' }).waitFor()
  await page.goto(link)
  await page.getByText(/was used already/).waitFor()
  await shot(page, 'signin')
  await page.getByLabel('Token').fill(server.token)
  await page.keyboard.press('Enter')
  await page.waitForSelector('nav')
  await context.close()
})

test('a lost connection is told, and found again', async () => {
  const { page, context } = await openPage(browser, server, { path: '/logs' })
  await write(page, 'SigninLogs | count')
  await server.stop()
  await page.keyboard.press('Shift+Enter')
  await page.getByText('Connection lost').first().waitFor()
  await shot(page, 'connection-lost')
  await server.start()
  await page.getByText('Connected again.').waitFor()
  // The server's sessions ended with it.
  const dialog = page.getByRole('alertdialog', { name: 'Your session has ended' })
  // The editor may have asked the server, and been told, before the button can be pressed.
  await Promise.race([dialog.waitFor(), page.getByRole('button', { name: 'Run' }).click().then(() => dialog.waitFor())])
  await context.close()
})
