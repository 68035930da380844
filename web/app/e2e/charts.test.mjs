// Every kind of chart with several shapes of data, in light and dark: what it says of itself, and a picture of each to look at.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { launch, openPage, runQuery, shot } from './browser.mjs'
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

const hours = 'range i from 0 to 47 step 1\n| extend At = datetime(2026-03-02) + i * 1h\n'
const services = 'let names = dynamic(["Exchange", "SharePoint", "Teams", "Key Vault"]);\n'
const byService = `${services}range i from 0 to 191 step 1\n| project At = datetime(2026-03-02) + (i / 4) * 1h, Service = tostring(names[i % 4]), Requests = 40 + (i % 4) * 25 + (i * 7) % 31\n`
const totals = 'datatable(Service:string, Requests:long, Failures:long)["Exchange", 4200, 130, "SharePoint", 3100, 210, "Teams", 2500, 40, "Key Vault", 900, 320, "Storage", 640, 12]\n'
const places = 'datatable(Longitude:real, Latitude:real, City:string, Result:string, SignIns:long)[5.3, 60.4, "Bergen", "ok", 120, -8.6, 41.2, "Porto", "failed", 40, -1.5, 53.8, "Leeds", "ok", 80, 77.2, 28.6, "Delhi", "failed", 300, -122.3, 47.6, "Seattle", "ok", 210, 151.2, -33.9, "Sydney", "ok", 60]\n'
const series = `${services}range i from 0 to 95 step 1\n| project At = datetime(2026-03-02) + (i / 2) * 1h, Service = tostring(names[i % 2]), n = (i * 13) % 50\n| make-series Requests = sum(n) on At from datetime(2026-03-02) to datetime(2026-03-04) step 1h by Service\n`
const spans = 'datatable(Job:string, Start:datetime, End:datetime)["backup", datetime(2026-03-02 01:00), datetime(2026-03-02 03:30), "scan", datetime(2026-03-02 02:00), datetime(2026-03-02 02:20), "report", datetime(2026-03-02 04:00), datetime(2026-03-02 04:05), "backup", datetime(2026-03-02 13:00), datetime(2026-03-02 15:10), "patching of the domain controllers in the north", datetime(2026-03-02 06:00), datetime(2026-03-02 11:00)]\n'

/** name, query, kind, and what the chart must say of itself: series, x, y, words of the notes. */
const gallery = [
  ['timechart', `${byService}| render timechart with (title="Requests an hour")`, { series: 4, x: 'time', y: 'number', points: 192 }],
  ['timechart-one', `${hours}| project At, Sum = i * i\n| render timechart`, { series: 1, x: 'time', y: 'number', points: 48 }],
  ['timechart-columns', `${hours}| project At, CPU = 30 + i % 11, Memory = 60 + i % 7\n| render timechart with (ymin=0, ymax=100, ytitle="percent")`, { series: 2, x: 'time', y: 'number' }],
  ['timechart-gaps', `${hours}| project At, n = iff(i % 9 in (3, 5), long(null), i % 10), r = iff(i == 20, real(nan), 4.5)\n| render timechart`, { series: 2, x: 'time', notes: /1 value that is NaN/ }],
  ['timechart-unsorted', `${hours}| project At, n = i, k = hash(i, 97)\n| order by k asc\n| project At, n\n| render timechart`, { series: 1, x: 'time', points: 48 }],
  ['timechart-sparse', 'datatable(At:datetime, n:long)[datetime(2021-05-01), 3, datetime(2025-12-30), 8, datetime(2026-01-02), 5]\n| render timechart', { series: 1, x: 'time', points: 3 }],
  ['timechart-point', 'print At = datetime(2026-03-02 10:00), n = 5\n| render timechart', { series: 1, x: 'time', points: 1 }],
  ['timechart-span', `${hours}| project At, Took = (5 + i % 13) * 1m\n| render timechart`, { series: 1, x: 'time', y: 'span' }],
  ['timechart-series', `${series}| render timechart`, { series: 2, x: 'time', y: 'number', points: 96 }],
  ['timechart-axes', `${hours}| project At, Requests = 1000 + i * 30, Errors = i % 5, Took = (i % 7) * 1s\n| render timechart with (ysplit=axes)`, { series: 3, y: 'number number span' }],
  ['timechart-panels', `${hours}| project At, Requests = 1000 + i * 30, Errors = i % 5, Took = (i % 7) * 1s\n| render timechart with (ysplit=panels, title="Health")`, { series: 3, y: 'number number span' }],
  ['timechart-200', 'range i from 0 to 1999 step 1\n| project At = datetime(2026-03-02) + (i / 200) * 1h, Who = strcat("user", i % 200, "@contoso.example.org"), n = (i % 200) * (1 + i % 3)\n| render timechart', { series: 24, notes: /23 largest of 200 series[\s\S]*Other \(177\) is switched off/ }],
  ['timechart-100k', 'range i from 0 to 99999 step 1\n| project At = datetime(2026-03-02) + i * 1s, n = sin(i / 4000.0) * 100 + i % 17\n| render timechart', { series: 1, points: 100000 }],
  ['linechart', 'range x from -10.0 to 10.0 step 0.25\n| project x, Sine = sin(x), Cosine = cos(x)\n| render linechart', { series: 2, x: 'number', y: 'number', points: 162 }],
  ['linechart-log', 'range i from 0 to 12 step 1\n| project x = exp2(i), y = pow(10, i / 3.0)\n| render linechart with (xaxis=log, yaxis=log, xtitle="size", ytitle="cost")', { x: 'number', y: 'log number' }],
  ['linechart-names', `${totals}| render linechart`, { series: 2, x: 'category' }],
  ['linechart-sums', `${hours}| project At, n = i % 6\n| render linechart with (accumulate=true)`, { series: 1, x: 'time' }],
  ['areachart', `${byService}| render areachart`, { series: 4, x: 'time' }],
  ['areachart-stacked100', `${byService}| render areachart with (kind=stacked100)`, { series: 4, y: 'percent' }],
  ['stackedareachart', `${byService}| render stackedareachart`, { series: 4, x: 'time', y: 'number' }],
  ['columnchart', `${totals}| render columnchart`, { series: 2, x: 'category' }],
  ['columnchart-stacked', `${byService}| render columnchart with (kind=stacked)`, { series: 4, x: 'time' }],
  ['columnchart-negative', 'datatable(Day:string, In:long, Out:long)["Mon", 5, -3, "Tue", 7, -6, "Wed", 2, -9]\n| render columnchart with (kind=stacked)', { series: 2, x: 'category' }],
  ['columnchart-histogram', 'range i from 0 to 40 step 1\n| project Bucket = i * 5, n = 400 - (i - 20) * (i - 20)\n| render columnchart', { series: 1, x: 'number' }],
  ['columnchart-codes', 'datatable(ResultType:int, n:long)[50126, 420, 0, 9000, 53003, 33, 50074, 120]\n| render columnchart with (yaxis=log)', { series: 1, x: 'category', y: 'log number' }],
  ['columnchart-long', 'range i from 1 to 25 step 1\n| project Operation = strcat("Microsoft.Compute/virtualMachines/extensions/write/", i), n = 30 - i\n| render columnchart', { series: 1, x: 'category' }],
  ['barchart', `${totals}| project Service, Requests\n| render barchart with (title="Requests by service")`, { series: 1, x: 'category' }],
  ['barchart-stacked100', `${totals}| render barchart with (kind=stacked100)`, { series: 2, y: 'percent' }],
  ['barchart-200', 'range i from 1 to 200 step 1\n| project User = strcat("a.very.long.name.of.user", i, "@contoso.example.org"), n = 201 - i\n| render barchart', { series: 1, x: 'category', points: 200 }],
  ['piechart', `${totals}| project Service, Requests\n| render piechart`, { series: 5, x: 'none' }],
  ['piechart-many', 'range i from 1 to 60 step 1\n| project Country = strcat("Country ", i), n = 1000 / i\n| render piechart with (title="Where from", xtitle="x")', { series: 16, notes: /does not use xtitle[\s\S]*15 largest of 60 slices/ }],
  ['scatterchart', 'range i from 0 to 300 step 1\n| project Duration = (i * 37) % 101 * 1.0, Size = ((i * 37) % 101) * 2 + i % 29, Kind = iff(i % 3 == 0, "upload", "download")\n| render scatterchart with (xtitle="ms", ytitle="kB")', { series: 2, x: 'number', points: 301 }],
  ['scatterchart-100k', 'range i from 0 to 99999 step 1\n| project x = (i * 7919) % 10007, y = (i * 104729) % 10009\n| render scatterchart', { series: 1, points: 100000 }],
  ['scatterchart-map', `${places}| project Longitude, Latitude, Result, SignIns\n| render scatterchart with (kind=map)`, { series: 2, y: 'map' }],
  ['scatterchart-geojson', `${places}| project p = bag_pack("type", "Point", "coordinates", pack_array(Longitude, Latitude))\n| render scatterchart with (kind=map)`, { y: 'map', points: 6 }],
  ['piechart-map', `${places}| project Longitude, Latitude, Result, SignIns\n| union (${places.trim()} | project Longitude, Latitude, Result = "blocked", SignIns = SignIns / 2)\n| render piechart with (kind=map)`, { series: 3, y: 'map' }],
  ['anomalychart', `${hours}| project At, n = 20 + (i % 24) + iff(i == 30, 60, 0), Anomaly = iff(i == 30, 1, 0)\n| render anomalychart with (anomalycolumns=Anomaly)`, { series: 2, x: 'time' }],
  ['anomalychart-series', `${series}| extend Anomaly = series_greater(Requests, repeat(46, 48))\n| render anomalychart with (anomalycolumns=Anomaly, title="Requests out of line")`, { x: 'time' }],
  ['treemap', 'datatable(Type:string, State:string, n:long)["Hail", "Texas", 90, "Hail", "Kansas", 70, "Flood", "Texas", 60, "Flood", "Ohio", 30, "Wind", "Iowa", 50, "Wind", "Ohio", 20, "Wind", "Utah", 4]\n| render treemap with (title="Storms")', { series: 3 }],
  ['card', 'print Requests = 1234567, Failures = 12, Share = 0.98765\n| render card with (title="Today")', { card: 3 }],
  ['pivotchart', `${totals}| render pivotchart`, { series: 2, x: 'category' }],
  ['ladderchart', `${spans}| render ladderchart`, { x: 'time', points: 5 }],
  ['timepivot', `${byService}| take 120\n| render timepivot with (series=Service)`, { series: 4, x: 'time' }],
  ['plotly', `${totals}| render plotly`, { none: /Plotly library/, rows: 5 }],
  ['timechart-no-time', `${totals}| render timechart`, { none: /needs a column of type datetime/, rows: 5 }],
  ['columnchart-empty', `${totals}| where Requests < 0\n| render columnchart`, { none: /no rows to draw/ }],
]

const some = (process.env.LAZULI_CHARTS ?? '').split(',').filter(Boolean)

/** The query stands behind a blank editor and a small one, so that the chart has the page. */
async function draw(page, query) {
  await runQuery(page, query)
  await page.waitForSelector('.chart-canvas[data-drawn], .chart-cards, .chart-rows')
}

/** Colours on the canvas besides that of the ground: an empty one has none. */
const painted = (page) =>
  page.evaluate(() => {
    const canvas = document.querySelector('.chart-canvas canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let n = 0
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) n++
    return n / (data.length / 4)
  })

/** What the chart says of itself, against what it should. */
async function checked(page, name, want) {
  if (want.none) {
    assert.match(await page.locator('.chart-notes').innerText(), want.none)
    if (want.rows) assert.equal(await page.locator('.grid-row').count(), want.rows)
    return
  }
  if (want.card) {
    assert.equal(await page.locator('.chart-cards strong').count(), want.card)
    return
  }
  const box = page.locator('.chart-canvas')
  const said = await box.evaluate((e) => ({ ...e.dataset }))
  const shown = { series: Number(said.series), x: said.x, y: said.y, points: Number(said.points) }
  assert.equal(said.kind, name.split('-')[0])
  for (const k of ['series', 'x', 'y', 'points']) if (want[k] !== undefined) assert.equal(shown[k], want[k], k)
  if (want.series > 1) assert.equal(await page.locator('.chart-legend li').count(), want.series, 'legend')
  if (want.notes) assert.match(await page.locator('.chart-notes').innerText(), want.notes)
  else assert.deepEqual(await page.locator('.chart-notes').allInnerTexts(), [])
  assert.ok((await painted(page)) > 0.003, 'the canvas is empty')
  const [wide, all] = await Promise.all(['.chart-canvas', '.chart-body'].map((c) => page.locator(c).evaluate((e) => e.clientWidth * e.clientHeight)))
  assert.ok(wide > 0.6 * all, `the chart has ${wide} of ${all} pixels`)
  assert.match(await box.getAttribute('aria-label'), new RegExp(said.kind))
}

for (const look of [{ name: 'light' }, { name: 'dark', dark: true }]) {
  test(`every kind of chart, ${look.name}`, async () => {
    const { page, faults, context } = await openPage(browser, server, { path: '/logs', dark: look.dark })
    await page.evaluate(() => (localStorage.setItem('lazuli.editorHeight', '110'), localStorage.setItem('lazuli.sideOpen', 'false')))
    await page.reload()
    const wrong = []
    for (const [name, query, want] of gallery) {
      if (some.length > 0 && !some.some((s) => name.startsWith(s))) continue
      try {
        await draw(page, query)
        await page.mouse.move(2, 2)
        await page.waitForTimeout(260) // the drawing ends its entrance
        await checked(page, name, want)
      } catch (e) {
        wrong.push(`${name}: ${e.message}`)
      }
      await shot(page, `chart-${name}-${look.name}`)
    }
    await context.close()
    assert.deepEqual([...wrong, ...faults], [])
  })
}

/** A chart in Logs with as much of the page as there is. */
async function opened(query, more = {}) {
  const it = await openPage(browser, server, { path: '/logs', ...more })
  await it.page.evaluate(() => (localStorage.setItem('lazuli.editorHeight', '110'), localStorage.setItem('lazuli.sideOpen', 'false')))
  await it.page.reload()
  await draw(it.page, query)
  return it
}

const points = (page) => page.locator('.chart-canvas').getAttribute('data-points').then(Number)

test('the legend switches series off, leaves one alone and finds them', async () => {
  const { page, faults, context } = await opened(`${byService}| render timechart`)
  const entry = (name) => page.locator('.chart-legend button', { hasText: name })
  await entry('Teams').click()
  assert.equal(await entry('Teams').getAttribute('aria-pressed'), 'false')
  assert.equal(await points(page), 144)
  await page.getByRole('button', { name: 'Show all' }).click()
  await entry('Teams').dblclick()
  assert.equal(await points(page), 48)
  assert.equal(await page.locator('.chart-legend button[aria-pressed=true]').count(), 1)
  await shot(page, 'chart-alone')
  // By keyboard: o leaves one alone, and once more brings all back; arrows walk.
  await entry('Teams').focus()
  await page.keyboard.press('o')
  assert.equal(await points(page), 192)
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')
  assert.equal(await entry('Key Vault').getAttribute('aria-pressed'), 'false')
  await draw(page, gallery.find(([n]) => n === 'timechart-200')[1])
  await page.getByLabel('Find a series').fill('user19')
  assert.equal(await page.locator('.chart-legend li').count(), 10)
  await page.getByRole('button', { name: 'Only these' }).click()
  assert.equal(await points(page), 100)
  await page.getByRole('button', { name: 'Draw up to 500' }).click()
  await page.waitForFunction(() => document.querySelector('.chart-canvas')?.dataset.series === '200')
  await context.close()
  assert.deepEqual(faults, [])
})

test('drag, wheel and keys zoom; the time in sight can be asked for', async () => {
  const { page, faults, context } = await opened(`${byService}| render timechart`)
  const box = await page.locator('.chart-canvas').boundingBox()
  const at = (x, y) => [box.x + box.width * x, box.y + box.height * y]
  await page.mouse.move(...at(0.4, 0.5))
  await page.mouse.down()
  await page.mouse.move(...at(0.5, 0.5))
  await page.mouse.move(...at(0.6, 0.5))
  await shot(page, 'chart-drag')
  await page.mouse.up()
  const ask = page.getByRole('button', { name: 'Query this time' })
  await ask.waitFor()
  await page.getByRole('button', { name: 'Reset zoom' }).click()
  await ask.waitFor({ state: 'detached' })
  // A wheel without Ctrl is the page's.
  await page.mouse.move(...at(0.5, 0.5))
  await page.mouse.wheel(0, -200)
  assert.equal(await ask.count(), 0)
  await page.keyboard.down('Control')
  await page.mouse.wheel(0, -200)
  await page.keyboard.up('Control')
  await ask.waitFor()
  await page.locator('.chart-canvas').focus()
  await page.keyboard.press('0')
  await ask.waitFor({ state: 'detached' })
  await page.keyboard.press('+')
  await ask.click()
  await page.getByRole('button', { name: /Time range: 2026-03-02 \d\d:\d\d – 2026-03-03 \d\d:\d\d UTC/ }).waitFor()
  await context.close()
  assert.deepEqual(faults, [])
})

test('arrow keys walk along the chart, and it says where', async () => {
  const { page, faults, context } = await opened(`${byService}| render timechart`)
  await page.locator('.chart-canvas').focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  assert.equal(await page.locator('[aria-live=polite]', { hasText: 'Key Vault' }).innerText(), '2026-03-02 01:00:00: Key Vault 133, Teams 101, Exchange 68, SharePoint 69'.split(': ')[0] + ': ' + [['Exchange', 40 + 28], ['SharePoint', 65 + (5 * 7) % 31], ['Teams', 90 + (6 * 7) % 31], ['Key Vault', 115 + (7 * 7) % 31]].sort((a, b) => b[1] - a[1]).map(([n, v]) => `${n} ${v}`).join(', '))
  await shot(page, 'chart-tooltip')
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Query 2026-03-02 01:00:00 to 2026-03-02 02:00:00' }).waitFor()
  await shot(page, 'chart-point')
  await page.getByRole('menuitem', { name: 'Only Service Exchange' }).click()
  await page.locator('.view-line', { hasText: 'where Service == "Exchange"' }).waitFor()
  await context.close()
  assert.deepEqual(faults, [])
})

test('another kind and other columns are chosen and put into the query', async () => {
  const { page, faults, context } = await opened(`${hours}| project At, Requests = 100 + i, Errors = i % 5\n| render timechart with (title="T")`)
  await page.getByLabel('Kind of chart').selectOption('columnchart')
  await page.locator('.chart-canvas[data-kind=columnchart]').waitFor()
  await page.getByRole('button', { name: 'Axes' }).click()
  const form = page.getByRole('group', { name: 'What is drawn' }).or(page.locator('.chart-columns'))
  await form.getByRole('checkbox', { name: 'Requests' }).click()
  await form.getByLabel('Stacking').selectOption('stacked')
  await shot(page, 'chart-axes')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Put into query' }).click()
  await page.locator('.view-line', { hasText: 'render columnchart with (title="T", kind=stacked, ycolumns=Errors)' }).waitFor()
  assert.equal(await page.locator('.view-line', { hasText: 'timechart' }).count(), 0)
  await page.keyboard.press('Shift+Enter')
  await page.locator('.chart-canvas[data-kind=columnchart][data-series="1"]').waitFor()
  await context.close()
  assert.deepEqual(faults, [])
})

test('a chart is saved as PNG, SVG and CSV', async () => {
  for (const query of [`${byService}| render timechart with (title="Requests & more")`, `${totals}| project Service, Requests\n| render piechart`, gallery.find(([n]) => n === 'scatterchart-map')[1]]) {
    const { page, faults, context } = await opened(query, { dark: true })
    const saved = async (name) => {
      await page.getByRole('button', { name: 'Export' }).click()
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name, exact: true }).click()])
      return readFileSync(await file.path())
    }
    const png = await saved('PNG image')
    assert.equal(png.subarray(1, 4).toString(), 'PNG')
    assert.ok(png.length > 10_000 && png.readUInt32BE(16) > 900, `${png.length} bytes, ${png.readUInt32BE(16)} wide`)
    const svg = (await saved('SVG image')).toString()
    assert.match(svg, /^<svg[\s\S]*<\/svg>$/)
    assert.ok(query.includes('piechart') ? svg.includes('SharePoint') : query.includes('kind=map') ? svg.includes('failed') : svg.includes('Key Vault') && svg.includes('Requests &amp; more'))
    const csv = (await saved('CSV file of the data')).toString()
    assert.ok(csv.split('\r\n').length > 5)
    await context.close()
    assert.deepEqual(faults, [])
  }
})

test('a chart has no barriers around it, and a table behind it', async () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  for (const more of [{}, { dark: true }, { phone: true }]) {
    for (const name of ['timechart-200', 'piechart', 'card', 'plotly']) {
      const { page, faults, context } = await opened(gallery.find(([n]) => n === name)[1], more)
      await page.evaluate(axe)
      const found = await page.evaluate(() =>
        window.axe.run({ include: [['.result-done']], exclude: [['[data-tabster-dummy]']] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join('; ')}`)),
      )
      assert.deepEqual(found, [], name)
      if (name === 'piechart') assert.match(await page.locator('.chart-body table').innerText(), /Exchange[\s\S]*4,200/)
      await context.close()
      assert.deepEqual(faults, [])
    }
  }
})

test('charts fit a phone', async () => {
  for (const name of ['timechart', 'timechart-200', 'columnchart-long', 'piechart-many', 'scatterchart-map', 'ladderchart', 'timechart-panels']) {
    const { page, faults, context } = await opened(gallery.find(([n]) => n === name)[1], { phone: true })
    const [box, all] = [await page.locator('.chart-canvas').boundingBox(), await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])]
    assert.ok(box.width > 300 && box.height > 160, `${name}: ${JSON.stringify(box)}`)
    assert.ok(all[0] <= all[1], `${name}: the page scrolls sideways`)
    await page.waitForTimeout(260)
    await shot(page, `chart-${name}-phone`)
    await context.close()
    assert.deepEqual(faults, [])
  }
})
