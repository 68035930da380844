declare module 'monaco-editor/esm/vs/editor/edcore.main'

interface Window {
  MonacoEnvironment?: { getWorker: (id: string, label: string) => Worker }
}
