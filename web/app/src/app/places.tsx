import {
  BoardFilled, BoardRegular, DatabaseFilled, DatabaseRegular, DocumentSearchFilled, DocumentSearchRegular, GridFilled, GridRegular,
  PlayCircleFilled, PlayCircleRegular, bundleIcon, type FluentIcon,
} from '@fluentui/react-icons'

export interface NavPlace {
  path: string
  title: string
  icon: FluentIcon
  /** The second key after "g". */
  key: string
}

/** The places of the console, in the order of the navigation. */
export const places: NavPlace[] = [
  { path: '/overview', title: 'Overview', icon: bundleIcon(BoardFilled, BoardRegular), key: 'o' },
  { path: '/logs', title: 'Logs', icon: bundleIcon(DocumentSearchFilled, DocumentSearchRegular), key: 'l' },
  { path: '/dashboards', title: 'Dashboards', icon: bundleIcon(GridFilled, GridRegular), key: 'd' },
  { path: '/tail', title: 'Live tail', icon: bundleIcon(PlayCircleFilled, PlayCircleRegular), key: 't' },
  { path: '/tables', title: 'Tables', icon: bundleIcon(DatabaseFilled, DatabaseRegular), key: 's' },
]

/** The place that a path belongs to. */
export function placeOf(path: string): string {
  if (path === '/' || path === '') return '/overview'
  if (path.startsWith('/sources')) return '/tables'
  return places.find((p) => path === p.path || path.startsWith(p.path + '/'))?.path ?? path
}
