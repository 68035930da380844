import { kqlName } from '../grid/path'
import type { TimeRange } from '../logs/time'
import { hoursOf, startExpression, within } from '../parts/range'

/** What the overview asks. Each is a query that anybody can open, read and change. */
export interface OverviewQuery {
  title: string
  /** The tables it needs: with none of them holding rows, the tile says so. */
  needs: string[]
  query: string
  visualization?: string
}

const list = (tables: string[]) => tables.map(kqlName).join(', ')

/** The step of time that makes about sixty points of a range. */
function stepOf(hours: number): string {
  const steps: [number, string][] = [[1, '1m'], [5, '5m'], [13, '15m'], [49, '1h'], [200, '4h'], [800, '12h']]
  return steps.find(([most]) => hours <= most)?.[1] ?? '1d'
}

/** How many tables have a colour of their own; the others are one. */
const mostTables = 8

/** What arrived by table and time, counted by the time of the event or of the receipt. */
export function arrivals(tables: string[], range: TimeRange, by: 'event' | 'received'): string {
  const time = by === 'event' ? 'TimeGenerated' : '_TimeReceived'
  return `let PerTable = materialize(
    union withsource=TableName ${list(tables)}
    | where ${within(time, range)}
    | summarize Events = count() by Time = bin(${time}, ${stepOf(hoursOf(range))}), TableName);
let Largest = PerTable | summarize Total = sum(Events) by TableName | top ${mostTables} by Total | project TableName;
PerTable
| summarize Events = sum(Events) by Time, Table = iff(TableName in (Largest), TableName, "Other")
| order by Time asc, Table asc`
}

/** What came in during the last minute, and how long after its event it did. */
export const rates = (tables: string[]) =>
  `union ${list(tables)}\n| where _TimeReceived > ago(1m)\n| summarize Events = count(), Bytes = sum(_BilledSize), Lag = percentile(_TimeReceived - TimeGenerated, 50)\n| extend Lag = iff(Lag < 0s, 0s, Lag)`

/** What is held, by table. */
export const holdings = (tables: string[]) =>
  `union withsource=TableName ${list(tables)}\n| summarize Events = count(), FirstEvent = min(TimeGenerated), LastEvent = max(TimeGenerated), LastArrival = max(_TimeReceived) by TableName\n| order by Events`

/** What arrived by source and table, with the rate of the last minute, the latest, and how far behind its event that one came. */
export const sources = (tables: string[], range: TimeRange) =>
  `union withsource=TableName ${list(tables)}
| where ${within('_TimeReceived', range)}
| summarize Events = count(), Bytes = sum(_BilledSize), arg_max(_TimeReceived, TimeGenerated), LastMinute = countif(_TimeReceived > ago(1m)) by Source = _Origin, TableName
| extend EventsPerSecond = LastMinute / 60.0, Latest = _TimeReceived, Lag = iff(_TimeReceived > TimeGenerated, _TimeReceived - TimeGenerated, 0s)
| project Source, TableName, Events, EventsPerSecond, Bytes, Latest, Lag
| order by Events`

/** Days before the range that a country must have been missing from to count as new. */
export const historyDays = 30

/**
 * Countries from which somebody signed in during the range, and which the history before it does not have: for nobody,
 * or not for this user. A user without any history has no baseline of her own, so that only the first counts for her.
 */
export const newCountries = (range: TimeRange) => `let From = ${startExpression(range)};
let Success = SigninLogs | where ResultType == "0" and isnotempty(Location);
let Known = materialize(Success | where TimeGenerated between ((From - ${historyDays}d) .. From) | summarize by UserPrincipalName, Location);
let KnownCountries = Known | distinct Location;
let KnownUsers = Known | distinct UserPrincipalName;
Success
| where ${within('TimeGenerated', range)} and TimeGenerated > From
| summarize SignIns = count(), First = min(TimeGenerated) by Country = Location, UserPrincipalName
| join kind=leftanti Known on UserPrincipalName, $left.Country == $right.Location
| extend NewFor = case(Country !in (KnownCountries), "Everybody", UserPrincipalName in (KnownUsers), "This user", "")
| where isnotempty(NewFor)
| project Country, NewFor, User = UserPrincipalName, First, SignIns
| order by NewFor asc, First desc`

/** The places where sign-ins failed, with coordinates for the map. */
export const failedPlaces = `SigninLogs
| where ResultType != "0"
| summarize Failures = count(), Users = dcount(UserPrincipalName), Latitude = take_any(toreal(LocationDetails.geoCoordinates.latitude)), Longitude = take_any(toreal(LocationDetails.geoCoordinates.longitude)) by Location, City = tostring(LocationDetails.city)
| project City, Location, Longitude, Latitude, Failures, Users
| order by Failures`

/** Each alert once, as it stands now. */
export const alerts =
  'SecurityAlert\n| summarize arg_max(TimeGenerated, *) by SystemAlertId\n| project TimeGenerated, AlertSeverity, AlertName, CompromisedEntity\n| order by TimeGenerated'

/** Why records were not understood. */
export const quarantined = 'LazuliQuarantine\n| summarize Records = count(), Latest = max(TimeGenerated) by Reason, Detail\n| order by Records'

/** The tiles beside those with a face of their own, for the tables that hold rows. */
export function securityQueries(tables: ReadonlySet<string>, range: TimeRange): OverviewQuery[] {
  const step = stepOf(hoursOf(range))
  const denied: string[] = []
  if (tables.has('AzureNetworkAnalytics_CL')) denied.push('(AzureNetworkAnalytics_CL\n    | where FlowStatus_s == "D"\n    | project TimeGenerated, Direction = iff(FlowDirection_s == "I", "Inbound", "Outbound"), Flows = long(1))')
  if (tables.has('NTANetAnalytics')) denied.push('(NTANetAnalytics\n    | where FlowStatus == "Denied"\n    | project TimeGenerated, Direction = FlowDirection, Flows = long(1))')
  return [
    {
      title: 'Failed sign-ins', needs: ['SigninLogs'], visualization: 'columnchart',
      query: `SigninLogs\n| where ResultType != "0"\n| summarize Failures = count() by bin(TimeGenerated, ${step}), Reason = iff(ResultType == "50126", "Wrong password", iff(ResultType in ("50074", "50076", "500121"), "Second factor", iff(ResultType == "53003", "Conditional access", "Other")))\n| order by TimeGenerated asc, Reason asc`,
    },
    {
      title: 'Top operations', needs: ['AzureActivity', 'AuditLogs'], visualization: 'barchart',
      query: `union ${list(['AzureActivity', 'AuditLogs'].filter((t) => tables.has(t)))}\n| summarize Operations = count() by Operation = ${tables.has('AzureActivity') ? (tables.has('AuditLogs') ? 'iff(isempty(OperationNameValue), OperationName, OperationNameValue)' : 'OperationNameValue') : 'OperationName'}\n| top 10 by Operations`,
    },
    {
      title: 'Top callers', needs: ['AzureActivity'],
      query: 'AzureActivity\n| summarize Operations = count(), Kinds = dcount(OperationNameValue), Failures = countif(ActivityStatusValue == "Failure"), Latest = max(TimeGenerated) by Caller\n| top 12 by Operations',
    },
    {
      title: 'Denied flows', needs: ['AzureNetworkAnalytics_CL', 'NTANetAnalytics'], visualization: 'timechart',
      query: `union\n    ${denied.join(',\n    ')}\n| summarize Denied = sum(Flows) by bin(TimeGenerated, ${step}), Direction`,
    },
  ]
}
