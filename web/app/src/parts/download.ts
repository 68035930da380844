/** Lets the browser save a text or an image as a file. */
export function download(name: string, content: string | Blob, type = 'text/plain;charset=utf-8') {
  const blob = typeof content === 'string' ? new Blob([content], { type }) : content
  const url = URL.createObjectURL(blob)
  const a = document.createElement('a')
  a.href = url
  a.download = name
  a.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** A name for a file: the words of a title and the time. */
export function fileName(title: string, extension: string, now = new Date()): string {
  const words = title.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 60) || 'result'
  return `${words}-${now.toISOString().slice(0, 19).replace(/[:T]/g, '')}.${extension}`
}
