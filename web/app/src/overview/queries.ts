import { kqlName } from '../logs/condition'

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
export function stepOf(hours: number): string {
  const steps: [number, string][] = [[1, '1m'], [5, '5m'], [13, '15m'], [49, '1h'], [200, '4h'], [800, '12h']]
  return steps.find(([most]) => hours <= most)?.[1] ?? '1d'
}

/** What arrived by table and time, counted by receipt. */
export const arrivals = (tables: string[], hours: number) =>
  `union withsource=TableName ${list(tables)}\n| where _TimeReceived > ago(${hours}h)\n| summarize Events = count() by bin(_TimeReceived, ${stepOf(hours)}), TableName`

/** What arrived by source and table, with the rate, the latest and how far behind its event it came. */
export const sources = (tables: string[], hours: number) =>
  `union withsource=TableName ${list(tables)}
| where _TimeReceived > ago(${hours}h)
| summarize Events = count(), Bytes = sum(_BilledSize), Latest = max(_TimeReceived), LatestEvent = max(TimeGenerated) by Source = _Origin, TableName
| extend EventsPerSecond = round(Events / ${hours * 3600}.0, 2), BytesPerSecond = round(Bytes / ${hours * 3600}.0, 0), Lag = Latest - LatestEvent
| project Source, TableName, Events, EventsPerSecond, BytesPerSecond, Latest, Lag
| order by Events`

/** The places where sign-ins failed, with coordinates for the map. */
export const failedPlaces = `SigninLogs
| where ResultType != "0"
| summarize Failures = count(), Users = dcount(UserPrincipalName), Latitude = take_any(toreal(LocationDetails.geoCoordinates.latitude)), Longitude = take_any(toreal(LocationDetails.geoCoordinates.longitude)) by Location, City = tostring(LocationDetails.city)
| project City, Location, Longitude, Latitude, Failures, Users
| order by Failures`

/** The security tiles, for the tables that hold rows. */
export function securityQueries(tables: ReadonlySet<string>, hours: number): OverviewQuery[] {
  const step = stepOf(hours)
  const denied: string[] = []
  if (tables.has('AzureNetworkAnalytics_CL')) denied.push('(AzureNetworkAnalytics_CL\n    | where FlowStatus_s == "D"\n    | project TimeGenerated, Direction = iff(FlowDirection_s == "I", "Inbound", "Outbound"), Flows = long(1))')
  if (tables.has('NTANetAnalytics')) denied.push('(NTANetAnalytics\n    | where FlowStatus == "Denied"\n    | project TimeGenerated, Direction = FlowDirection, Flows = long(1))')
  return [
    {
      title: 'Failed sign-ins', needs: ['SigninLogs'], visualization: 'columnchart',
      query: `SigninLogs\n| where ResultType != "0"\n| summarize Failures = count() by bin(TimeGenerated, ${step}), Reason = iff(ResultType == "50126", "Wrong password", iff(ResultType in ("50074", "50076", "500121"), "Second factor", iff(ResultType == "53003", "Conditional access", "Other")))`,
    },
    {
      title: 'Countries with the fewest people', needs: ['SigninLogs'],
      query: 'SigninLogs\n| where ResultType == "0"\n| summarize People = dcount(UserPrincipalName), SignIns = count(), First = min(TimeGenerated), Who = take_any(UserPrincipalName) by Country = Location\n| order by People asc, First desc\n| take 20',
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
    {
      title: 'Alerts', needs: ['SecurityAlert'],
      query: 'SecurityAlert\n| summarize arg_max(TimeGenerated, *) by SystemAlertId\n| project TimeGenerated, AlertSeverity, AlertName, CompromisedEntity, ProductName\n| order by TimeGenerated',
    },
    {
      title: 'Not understood', needs: ['LazuliQuarantine'],
      query: 'LazuliQuarantine\n| summarize Records = count(), Latest = max(TimeGenerated) by Reason\n| order by Records',
    },
  ]
}
