import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers, launch, openPage, runQuery, shot, write } from './browser.mjs'
import { signIn, startServer } from './server.mjs'

let server, browser
before(async () => {
  server = await startServer()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await server?.remove()
})

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

test('the overview says at once what comes in, and every number leads to its query', async () => {
  const { page, faults, context } = await openPage(browser, server)
  await server.signIns(600_000, 60, 0)
  const figure = (name) => page.locator('.figure', { hasText: name })
  await page.waitForFunction(() => /\d.*\/s/.test([...document.querySelectorAll('.figure')].find((f) => f.textContent.includes('Events in'))?.textContent ?? ''))
  assert.match(await figure('Bytes in').innerText(), /\d+(\.\d)? k?B\/s/)
  assert.match(await figure('Event lag').innerText(), /\d+(\.\d)? (ms|s|min|h)|nothing now/)
  await figure('Events in').click()
  await page.waitForSelector('.statusbar')
  assert.match(await page.locator('.view-lines').innerText(), /_TimeReceived/)
  await context.close()
  assert.deepEqual(faults, [])
})

test('events are counted by their time or by their receipt', async () => {
  const { page, context } = await openPage(browser, server)
  const tile = page.locator('.tile', { hasText: 'Events by table' })
  await tile.locator('canvas').waitFor()
  await tile.getByRole('list', { name: 'Tables' }).getByRole('link', { name: 'SigninLogs' }).waitFor()
  await tile.getByRole('tab', { name: 'Received' }).click()
  const query = await tile.getByRole('link', { name: /Open the query/ }).getAttribute('href')
  assert.match(decodeURIComponent(query), /bin\(_TimeReceived/)
  await context.close()
})

test('a country is new that the history does not have, for anybody or for the user', async () => {
  const { page, context } = await openPage(browser, server)
  await page.getByText(/There is no history to compare with/).waitFor() // 48 hours are more than is held
  const now = new Date()
  await server.send([signIn(1, now, ['Singapore', 'SG', 1.35, 103.8]), signIn(1, now, ['Porto', 'PT', 41.15, -8.61]), signIn(2001, now, ['Porto', 'PT', 41.15, -8.61]), signIn(3, now, ['Leeds', 'GB', 53.8, -1.55])])
  await page.getByRole('button', { name: /Time range/ }).click()
  await page.getByRole('button', { name: 'Last hour' }).click()
  const tile = page.locator('.tile', { hasText: 'New countries' })
  await tile.getByText(/that the 1\d hours before this time do not have/).waitFor()
  await tile.getByRole('row', { name: /Singapore \(SG\) Everybody user1@/ }).waitFor()
  assert.equal(await tile.getByText('Norway').count(), 0)
  await context.close()
})

test('alerts are told by word, shape and colour', async () => {
  await server.alert('a1', 'High', 'Somebody got in')
  await server.alert('a2', 'Low', 'Somebody knocked')
  const { page, context } = await openPage(browser, server)
  const tile = page.locator('.tile', { hasText: 'Alerts' })
  await tile.getByRole('list', { name: 'Alerts by severity' }).waitFor()
  const counts = await tile.getByRole('list', { name: 'Alerts by severity' }).getByRole('listitem').allInnerTexts()
  assert.deepEqual(counts.map((t) => t.replace(/\s+/g, ' ')), ['▲ High 1', '● Low 1'])
  await tile.getByRole('row', { name: /High Somebody got in vm1/ }).waitFor()
  await shot(page, 'overview-alerts')
  await context.close()
})

test('tables are found by name, service and purpose, sorted, and explained', async () => {
  const { page, faults, context } = await openPage(browser, server, { path: '/tables' })
  await page.getByRole('link', { name: 'SigninLogs' }).waitFor()
  await page.getByLabel('Find a table').fill('key vault')
  await page.getByRole('button', { name: /among all known tables/ }).click()
  await page.getByRole('link', { name: 'AZKVAuditLogs' }).waitFor()
  await page.getByLabel('Find a table').fill('')
  await page.getByRole('button', { name: /^Rows/ }).click()
  assert.equal(await page.locator('tbody th').first().innerText(), 'SigninLogs')
  assert.equal(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'descending')
  await page.getByRole('link', { name: 'SigninLogs', exact: true }).click()
  const row = page.getByRole('row', { name: /^TimeGenerated/ })
  await row.getByText('createdDateTime').waitFor()
  assert.match(await row.innerText(), /From .*time.*, else /)
  await page.getByText('Interactive sign-ins of users.').waitFor()
  await context.close()
  assert.deepEqual(faults, [])
})

test('the tail shows what says most, marks failures, and counts what waits', async () => {
  const { page, context } = await openPage(browser, server, { path: '/tail#SigninLogs' })
  await page.waitForSelector('.grid-row')
  const heads = () => page.getByRole('columnheader').allInnerTexts()
  assert.deepEqual((await heads()).slice(0, 3), ['TimeGenerated', 'UserPrincipalName', 'AppDisplayName'])
  await page.locator('.grid-row.tone-bad', { hasText: '50126' }).first().waitFor()
  assert.ok((await page.locator('.grid-row.tone-bad').first().getByRole('img', { name: /failed/ }).count()) > 0)
  await page.getByRole('button', { name: /^Columns/ }).click()
  await page.getByLabel('Find a column').fill('AppDisplayName')
  await page.getByRole('checkbox', { name: 'AppDisplayName', exact: true }).click()
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => ![...document.querySelectorAll('[role=columnheader]')].some((h) => h.textContent.includes('AppDisplayName')))
  await page.reload()
  await page.waitForSelector('.grid-row')
  assert.ok(!(await heads()).includes('AppDisplayName')) // the choice is kept
  await page.getByRole('button', { name: 'Usual columns' }).click()
  await page.waitForFunction(() => [...document.querySelectorAll('[role=columnheader]')].some((h) => h.textContent.includes('AppDisplayName')))

  await page.getByRole('button', { name: 'Pause' }).click()
  await server.signIns(700_000, 4, 0)
  await page.getByRole('button', { name: 'Go on (4 wait)' }).click()
  await page.locator('.grid-row').last().dblclick()
  const details = page.getByRole('complementary', { name: 'Details of the row' })
  await details.getByRole('tab', { name: 'Raw record' }).click()
  await details.getByText(/user3@example\.org/).first().waitFor()
  await shot(page, 'tail-details')
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
