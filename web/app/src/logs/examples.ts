import type { SchemaTable } from '../api/schema'

export interface Example {
  title: string
  query: string
}

/** Questions that security people ask of the tables they use most. */
const curated: Record<string, Example[]> = {
  SigninLogs: [
    { title: 'Failed sign-ins by reason', query: 'SigninLogs\n| where ResultType != "0"\n| summarize Attempts = count(), Users = dcount(UserPrincipalName) by ResultType, ResultDescription\n| order by Attempts' },
    { title: 'Addresses that try many accounts', query: 'SigninLogs\n| where ResultType == "50126"\n| summarize Accounts = dcount(UserPrincipalName), Attempts = count(), From = min(TimeGenerated), To = max(TimeGenerated) by IPAddress\n| where Accounts >= 10\n| order by Accounts' },
    { title: 'Sign-ins by country', query: 'SigninLogs\n| summarize SignIns = count(), Failures = countif(ResultType != "0") by Location\n| order by SignIns\n| render columnchart' },
    { title: 'Sign-ins without a second factor', query: 'SigninLogs\n| where ResultType == "0" and AuthenticationRequirement == "singleFactorAuthentication"\n| summarize SignIns = count() by AppDisplayName, ClientAppUsed\n| top 20 by SignIns' },
  ],
  AADNonInteractiveUserSignInLogs: [
    { title: 'Applications that refresh most', query: 'AADNonInteractiveUserSignInLogs\n| summarize SignIns = count(), Users = dcount(UserPrincipalName) by AppDisplayName\n| top 20 by SignIns' },
  ],
  AADServicePrincipalSignInLogs: [
    { title: 'Failing service principals', query: 'AADServicePrincipalSignInLogs\n| where ResultType != "0"\n| summarize Failures = count() by ServicePrincipalName, ResultType\n| order by Failures' },
  ],
  AuditLogs: [
    { title: 'What was changed, and by whom', query: 'AuditLogs\n| extend Actor = coalesce(tostring(InitiatedBy.user.userPrincipalName), tostring(InitiatedBy.app.displayName))\n| summarize Changes = count() by OperationName, Actor\n| top 50 by Changes' },
    { title: 'Role assignments', query: 'AuditLogs\n| where OperationName has "role"\n| project TimeGenerated, OperationName, Result, Actor = tostring(InitiatedBy.user.userPrincipalName), TargetResources\n| order by TimeGenerated' },
  ],
  AzureActivity: [
    { title: 'Top callers', query: 'AzureActivity\n| summarize Operations = count(), Kinds = dcount(OperationNameValue) by Caller\n| top 20 by Operations' },
    { title: 'What was deleted', query: 'AzureActivity\n| where OperationNameValue endswith "/delete" and ActivityStatusValue == "Success"\n| project TimeGenerated, Caller, OperationNameValue, _ResourceId\n| order by TimeGenerated' },
    { title: 'Operations over time', query: 'AzureActivity\n| summarize count() by bin(TimeGenerated, 1h), CategoryValue\n| render timechart' },
  ],
  AZKVAuditLogs: [
    { title: 'Who reads secrets', query: 'AZKVAuditLogs\n| where OperationName == "SecretGet"\n| summarize Reads = count() by Caller = tostring(Identity.claim.upn), CallerIpAddress\n| top 20 by Reads' },
  ],
  NTANetAnalytics: [
    { title: 'Denied flows by port', query: 'NTANetAnalytics\n| where FlowStatus == "Denied"\n| summarize Flows = count(), Sources = dcount(SrcIp) by DestPort\n| top 20 by Flows' },
  ],
  AzureNetworkAnalytics_CL: [
    { title: 'Denied inbound flows', query: 'AzureNetworkAnalytics_CL\n| where FlowDirection_s == "I" and FlowStatus_s == "D"\n| summarize Flows = count() by SrcIP_s, DestPort_d\n| top 20 by Flows' },
  ],
  LazuliQuarantine: [
    { title: 'Why records were not understood', query: 'LazuliQuarantine\n| summarize Records = count(), Latest = max(TimeGenerated), Example = take_any(Raw) by Reason\n| order by Records' },
  ],
}

const groupers = ['OperationName', 'Category', 'ResultType', 'Caller', 'EventID', 'Computer', 'Facility', 'Level', 'SeverityLevel', 'Name', 'AppRoleName', 'AlertSeverity', 'StatusText']

/** Questions for a table: some that belong to it, and those that fit every table. */
export function examplesFor(t: SchemaTable): Example[] {
  const has = (name: string) => t.OrderedColumns.some((c) => c.Name === name)
  const general: Example[] = [{ title: 'Latest records', query: has('TimeGenerated') ? `${t.Name}\n| top 100 by TimeGenerated desc` : `${t.Name}\n| take 100` }]
  if (has('TimeGenerated')) general.push({ title: 'Records over time', query: `${t.Name}\n| summarize count() by bin(TimeGenerated, 1h)\n| render timechart` })
  const by = groupers.find(has)
  if (by) general.push({ title: `Top values of ${by}`, query: `${t.Name}\n| summarize count() by ${by}\n| top 20 by count_` })
  general.push({ title: 'Columns', query: `${t.Name}\n| getschema` })
  return [...(curated[t.Name] ?? []), ...general]
}
