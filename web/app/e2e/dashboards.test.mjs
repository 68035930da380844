import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { barriers, launch, openPage, shot } from './browser.mjs'
import { startServer } from './server.mjs'

let server, browser
before(async () => {
  server = await startServer()
  browser = await launch()
})
after(async () => {
  await browser?.close()
  await server?.remove()
})

test('a dashboard is made, kept, and filled by its parameters', async () => {
  const { page, faults, context } = await openPage(browser, server, { path: '/dashboards' })
  await page.getByRole('button', { name: 'New dashboard' }).click()
  await page.getByLabel('Title').fill('Sign-ins at a glance')
  await page.getByRole('button', { name: 'Parameter' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('country')
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
  await page.getByText('Resource Graph: it asks Azure Resource Graph').waitFor()
  await page.getByRole('link', { name: 'Open the dashboard' }).click()
  await page.getByRole('heading', { name: 'Sign-in health' }).waitFor()
  await page.locator('.tile canvas').waitFor()
  await page.locator('.tile', { hasText: 'All' }).getByText('2,0').waitFor()
  await shot(page, 'dashboard-workbook')
  await context.close()
})

test('every template is one click away, and all of its queries are answered', async () => {
  const { page, faults, context } = await openPage(browser, server, { path: '/dashboards' })
  for (const title of ['Sign-ins', 'Azure activity and changes', 'Key Vault and storage access', 'Network', 'What arrives (operations)']) {
    await page.locator('.template', { hasText: title }).click()
    await page.getByRole('heading', { name: title, exact: true, level: 1 }).waitFor()
    await page.waitForFunction(() => document.querySelectorAll('.tile').length > 4 && [...document.querySelectorAll('.tile')].every((t) => t.getAttribute('aria-busy') !== 'true'))
    assert.deepEqual(await page.locator('.error-text').allInnerTexts(), [], title)
    await page.getByRole('button', { name: 'All dashboards' }).click()
  }
  await page.getByRole('link', { name: /^Sign-ins Who/ }).click()
  await page.locator('.tile canvas').first().waitFor()
  await shot(page, 'dashboard-template')
  await context.close()
  assert.deepEqual(faults, [])
})

for (const look of [{ name: 'dark', dark: true }, { name: 'phone', phone: true }]) {
  test(`a dashboard is whole and without barriers, to look at and to change (${look.name})`, async () => {
    const { page, faults, context } = await openPage(browser, server, { ...look, path: '/dashboards' })
    await page.locator('.template', { hasText: 'Sign-ins' }).click()
    await page.locator('.tile canvas').first().waitFor()
    await page.waitForFunction(() => [...document.querySelectorAll('.tile')].every((t) => t.getAttribute('aria-busy') !== 'true'))
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    assert.ok((await wide()) <= 0)
    assert.deepEqual(await barriers(page), [])
    await shot(page, `dashboard-${look.name}`)
    await page.getByRole('button', { name: 'Edit' }).click()
    assert.ok((await wide()) <= 0)
    assert.deepEqual(await barriers(page), [])
    await shot(page, `dashboard-edit-${look.name}`)
    await context.close()
    assert.deepEqual(faults, [])
  })
}

/** The titles of the tiles in their order. */
const order = (page) => page.locator('[data-tile]').evaluateAll((tiles) => tiles.map((t) => t.getAttribute('aria-label')))

test('tiles are moved and sized by mouse and by keyboard', async () => {
  const tile = (id, title) => ({ id, title, query: 'SigninLogs | count', visualization: '', width: 6, height: 2 })
  const board = { title: 'Arrange', tiles: [tile('a', 'A'), tile('b', 'B'), tile('c', 'C')] }
  const { page, faults, context } = await openPage(browser, server, { path: '/dashboards' })
  await page.locator('input[type=file]').setInputFiles({ name: 'board.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(board)) })
  await page.getByRole('button', { name: 'Edit' }).click()
  assert.deepEqual(await order(page), ['A', 'B', 'C'])

  await page.getByRole('button', { name: 'Move A', exact: true }).focus()
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Move A')
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction(() => document.querySelectorAll('[data-tile]')[2].getAttribute('aria-label') === 'A')
  assert.deepEqual(await order(page), ['B', 'C', 'A'])

  const middle = async (locator) => {
    const box = await locator.boundingBox()
    return [box.x + box.width / 2, box.y + box.height / 2]
  }
  await page.mouse.move(...(await middle(page.getByRole('button', { name: 'Move A', exact: true }))))
  await page.mouse.down()
  await page.mouse.move(...(await middle(page.getByRole('region', { name: 'B', exact: true }))), { steps: 8 })
  await page.mouse.up()
  await page.waitForFunction(() => document.querySelectorAll('[data-tile]')[0].getAttribute('aria-label') === 'A')

  const corner = page.getByRole('button', { name: /^Size of A/ })
  await corner.focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  assert.match(await corner.getAttribute('aria-label'), /8 of 12 wide, 3 high/)
  const [x, y] = await middle(corner)
  const wide = (await page.locator('.board').boundingBox()).width
  await page.mouse.move(x, y)
  await page.mouse.down()
  await page.mouse.move(x - wide / 3, y - 144, { steps: 8 })
  await page.mouse.up()
  assert.match(await corner.getAttribute('aria-label'), /4 of 12 wide, 2 high/)
  await shot(page, 'dashboard-edit')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('button', { name: 'Edit' }).waitFor()
  await page.reload()
  await page.locator('.tile').first().waitFor()
  assert.deepEqual(await order(page), ['A', 'B', 'C'])
  await context.close()
  assert.deepEqual(faults, [])
})

test('choices come from queries, several may be chosen, and a link carries them', async () => {
  const board = {
    title: 'Chosen', timespan: 'P7D',
    parameters: [{ name: 'Country', label: 'Country', kind: 'query', value: '*', multiple: true, query: 'SigninLogs | where Location in ("PT", "NO", "GB") | distinct Location | order by Location asc' }, { name: 'When', label: 'When', kind: 'time', value: '' }],
    tiles: [{ title: 'Per country', query: 'SigninLogs | where Location in ({Country}) and TimeGenerated {When} | summarize count() by Location | order by Location asc', visualization: '', width: 6, height: 2 }, { title: '', text: '## About {Country}', width: 6, height: 0 }],
  }
  const { page, context } = await openPage(browser, server, { path: '/dashboards' })
  await page.locator('input[type=file]').setInputFiles({ name: 'board.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(board)) })
  const rows = () => page.locator('.mini tbody tr td:first-child').allInnerTexts()
  await page.locator('.mini tbody tr').nth(2).waitFor()
  assert.deepEqual(await rows(), ['GB', 'NO', 'PT'])
  await page.getByRole('combobox', { name: 'Country', exact: true }).click()
  await page.getByRole('menuitemcheckbox', { name: 'NO', exact: true }).click()
  await page.getByRole('menuitemcheckbox', { name: 'PT', exact: true }).click()
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => document.querySelectorAll('.mini tbody tr').length === 2)
  assert.deepEqual(await rows(), ['NO', 'PT'])
  await page.getByRole('heading', { name: 'About NO, PT' }).waitFor()
  await page.getByRole('button', { name: 'Share' }).click()
  await page.locator('.fui-Toast').waitFor()
  const other = await context.newPage()
  await other.goto(await page.evaluate(() => navigator.clipboard.readText()))
  await other.locator('.mini tbody tr').nth(1).waitFor()
  await other.getByRole('heading', { name: 'About NO, PT' }).waitFor()
  await context.close()
})

test('a workbook’s tabs, groups and texts come over and work', async () => {
  const tab = (label, value) => ({ cellValue: 'view', linkTarget: 'parameter', linkLabel: label, subTarget: value })
  const group = (value, ...items) => ({ type: 12, conditionalVisibility: { parameterName: 'view', comparison: 'isEqualTo', value }, content: { groupType: 'editable', items } })
  const workbook = {
    version: 'Notebook/1.0',
    items: [
      { type: 9, content: { parameters: [{ name: 'TimeRange', type: 4, value: { durationMs: 604800000 } }, { name: 'Apps', type: 2, multiSelect: true, quote: "'", delimiter: ',', query: 'SigninLogs | distinct AppDisplayName', value: ['value::all'], typeSettings: { selectAllValue: '*' } }] } },
      { type: 11, content: { style: 'tabs', links: [tab('Numbers', 'n'), tab('Words', 'w')] } },
      group('n', { type: 3, name: 'query - 1', content: { title: 'Since {TimeRange:label}', query: "SigninLogs | where TimeGenerated {TimeRange} and ('*' in ({Apps}) or AppDisplayName in ({Apps})) | make-series Count = count() on TimeGenerated from {TimeRange:start} to {TimeRange:end} step {TimeRange:grain}", visualization: 'timechart', timeContextFromParameter: 'TimeRange' } }),
      group('w', { type: 1, content: { json: '# In words\n\nThis is **text**.' } }),
    ],
  }
  const { page, faults, context } = await openPage(browser, server, { path: '/dashboards' })
  await page.locator('input[type=file]').setInputFiles({ name: 'My book.workbook', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(workbook)) })
  await page.getByRole('heading', { name: 'My book' }).waitFor()
  await page.getByRole('region', { name: 'Since Last 7 days' }).locator('canvas').waitFor()
  await shot(page, 'dashboard-workbook-tabs')
  await page.getByRole('tab', { name: 'Words' }).click()
  await page.getByRole('heading', { name: 'In words' }).waitFor()
  assert.equal(await page.locator('.tile canvas').count(), 0)
  await context.close()
  assert.deepEqual(faults, [])
})
