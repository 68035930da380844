import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { chromiumPath } from './server.mjs'

const artefacts = process.env.LAZULI_ARTEFACTS ?? new URL('./artefacts/', import.meta.url).pathname
mkdirSync(artefacts, { recursive: true })

export const launch = () => chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] })

/**
 * Opens a page that is signed in by a link. It notes what a page must never do: errors in the console (a breach of the
 * content security policy is one), exceptions, and requests to any other server.
 */
export async function openPage(browser, server, { width = 1280, height = 800, dark = false, phone = false, path = '/overview' } = {}) {
  const context = await browser.newContext({
    viewport: phone ? { width: 390, height: 844 } : { width, height }, isMobile: phone, hasTouch: phone, colorScheme: dark ? 'dark' : 'light', permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const faults = []
  page.on('console', (m) => m.type() === 'error' && faults.push(`${m.text()} (${m.location().url}:${m.location().lineNumber})`))
  page.on('pageerror', (e) => faults.push(String(e)))
  page.on('request', (r) => {
    const url = new URL(r.url())
    if (!['blob:', 'data:'].includes(url.protocol) && url.origin !== server.url) faults.push('request to ' + url.origin)
  })
  await page.goto(server.url + (await server.link()))
  await page.waitForSelector('nav')
  if (path !== '/overview') await page.goto(server.url + path)
  return { page, context, faults }
}

export const shot = (page, name) => page.screenshot({ path: join(artefacts, name + '.png') })

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * What WCAG 2.1 A and AA find wrong with the page. Left out are the editor and the charts, which are others' work and have
 * their own ways for readers, and Fluent's focus sentinels, which hand the focus on at once.
 */
export async function barriers(page) {
  await page.evaluate(axe)
  const found = await page.evaluate(() =>
    window.axe.run({ exclude: [['.monaco-editor'], ['.chart-canvas'], ['[data-tabster-dummy]']] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then((r) => r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join('; ')}`)),
  )
  return found
}

/** Waits for the editor and puts a text into it. */
export async function write(page, text) {
  await page.waitForSelector('.monaco-editor .view-lines')
  await page.locator('.monaco-editor').first().click()
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(text)
}

/** Runs a query in Logs and waits for what becomes of it. */
export async function runQuery(page, text) {
  await write(page, text)
  await page.keyboard.press('Shift+Enter')
  await page.waitForSelector('.statusbar, .failure')
}
