import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger } from '@fluentui/react-components'
import { places } from './places'

const mac = /Mac|iPhone|iPad/.test(navigator.userAgent)
const ctrl = mac ? '⌘' : 'Ctrl'

const groups: { title: string; keys: [string[], string][] }[] = [
  {
    title: 'Everywhere',
    keys: [[['?'], 'This help'], ...places.map((p): [string[], string] => [['g', p.key], `Go to ${p.title}`])],
  },
  {
    title: 'Editor',
    keys: [
      [['Shift', 'Enter'], 'Run the query at the caret, or what is selected'],
      [['Esc'], 'Cancel what runs'],
      [[ctrl, 'Space'], 'Complete'],
      [[ctrl, 'S'], 'Save the query'],
      [['Shift', 'Alt', 'F'], 'Format'],
      [[ctrl, '/'], 'Make a comment of the lines, or not'],
      [[ctrl, 'F'], 'Find; H replaces'],
      [[ctrl, '.'], 'What was probably meant by a marked word'],
      [['Alt', 'Shift', 'T'], 'Open the closed tab again'],
      [['Ctrl', 'M'], 'Let the Tab key leave the editor, or not'],
    ],
  },
  {
    title: 'Result',
    keys: [
      [['↑', '↓', '←', '→'], 'Move between cells'],
      [['Page Up', 'Page Down'], 'A page up or down'],
      [[ctrl, 'Home'], 'To the first row; End to the last'],
      [['Enter'], 'Details of the row; open or close a group'],
      [['Shift', '↓'], 'Choose several cells; likewise with the other keys'],
      [[ctrl, 'A'], 'Choose all'],
      [[ctrl, 'C'], 'Copy the chosen cells; with Shift the rows as JSON'],
      [['Shift', 'F10'], 'What can be done with the cell'],
    ],
  },
  {
    title: 'Dashboard, while it is changed',
    keys: [
      [['←', '→'], 'On a tile’s grip: move it in the order'],
      [['←', '→', '↑', '↓'], 'On a tile’s corner: make it larger or smaller'],
    ],
  },
]

export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onOpenChange={(_e, d) => !d.open && onClose()}>
      <DialogSurface className="shortcuts">
        <DialogBody>
          <DialogTitle>Keyboard shortcuts</DialogTitle>
          <DialogContent>
            {groups.map((g) => (
              <section key={g.title}>
                <h3>{g.title}</h3>
                <dl>
                  {g.keys.map(([keys, what]) => (
                    <div key={what}>
                      <dt>{keys.map((k) => <kbd key={k}>{k}</kbd>)}</dt>
                      <dd>{what}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button appearance="primary">Close</Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
