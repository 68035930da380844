import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { chromiumPath } from './server.mjs'

export const artefacts = process.env.LAZULI_ARTEFACTS ?? new URL('./artefacts/', import.meta.url).pathname
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
  page.on('console', (m) => m.type() === 'error' && faults.push(m.text()))
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
