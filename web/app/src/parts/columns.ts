import type { Column, Row } from '../api/query'

/** The columns that say most about a row of a table, in the order in which people read them. */
const chosen: Record<string, string> = {
  SigninLogs: 'UserPrincipalName AppDisplayName ResultType ResultDescription IPAddress Location AuthenticationRequirement ConditionalAccessStatus RiskLevelDuringSignIn ClientAppUsed ResourceDisplayName DeviceDetail',
  AADNonInteractiveUserSignInLogs: 'UserPrincipalName AppDisplayName ResultType ResultDescription IPAddress Location ResourceDisplayName ConditionalAccessStatus ClientAppUsed',
  AADServicePrincipalSignInLogs: 'ServicePrincipalName ResourceDisplayName ResultType ResultDescription IPAddress Location ServicePrincipalCredentialKeyId AppId',
  AADManagedIdentitySignInLogs: 'ServicePrincipalName ResourceDisplayName ResultType ResultDescription IPAddress Location AppId',
  AuditLogs: 'OperationName Result InitiatedBy TargetResources Category LoggedByService ResultReason AdditionalDetails',
  AzureActivity: 'Caller OperationNameValue ActivityStatusValue ResourceGroup Resource CategoryValue CallerIpAddress Level ActivitySubstatusValue _ResourceId',
  AzureDiagnostics: 'ResourceProvider Category OperationName ResultType Resource ResultSignature CallerIPAddress ResultDescription',
  AZKVAuditLogs: 'OperationName ResultType ResultSignature CallerIpAddress Identity RequestUri HttpStatusCode DurationMs _ResourceId',
  StorageBlobLogs: 'OperationName StatusCode StatusText AccountName CallerIpAddress AuthenticationType RequesterUpn RequesterObjectId Uri DurationMs UserAgentHeader',
  StorageFileLogs: 'OperationName StatusCode StatusText AccountName CallerIpAddress AuthenticationType Uri DurationMs',
  StorageQueueLogs: 'OperationName StatusCode StatusText AccountName CallerIpAddress AuthenticationType Uri DurationMs',
  StorageTableLogs: 'OperationName StatusCode StatusText AccountName CallerIpAddress AuthenticationType Uri DurationMs',
  AzureNetworkAnalytics_CL: 'FlowStatus_s FlowDirection_s SrcIP_s DestIP_s DestPort_d L4Protocol_s L7Protocol_s NSGRule_s NSGList_s VM_s FlowStartTime_t',
  NTANetAnalytics: 'FlowStatus FlowDirection SrcIp DestIp DestPort L4Protocol L7Protocol AclRule AclGroup SrcVm DestVm BytesSrcToDest BytesDestToSrc',
  SecurityEvent: 'Computer EventID Activity Account TargetAccount LogonType IpAddress SubjectAccount NewProcessName CommandLine',
  WindowsEvent: 'Computer EventID Provider Channel EventLevelName EventData',
  Event: 'Computer EventLevelName Source EventID RenderedDescription EventLog UserName',
  Syslog: 'Computer SeverityLevel Facility ProcessName SyslogMessage HostIP ProcessID',
  CommonSecurityLog: 'DeviceVendor DeviceProduct Activity LogSeverity DeviceAction SourceIP DestinationIP DestinationPort Protocol SourceUserName Message',
  SecurityAlert: 'AlertSeverity AlertName CompromisedEntity ProductName Tactics Status Description Entities',
  SecurityIncident: 'Severity Title Status Owner IncidentNumber ProviderName Classification',
  AlertInfo: 'Severity Title Category DetectionSource ServiceSource AttackTechniques AlertId',
  AlertEvidence: 'Title EntityType EvidenceRole AccountUpn DeviceName RemoteIP FileName AlertId',
  DeviceProcessEvents: 'DeviceName ActionType AccountName FileName ProcessCommandLine InitiatingProcessFileName InitiatingProcessCommandLine',
  DeviceLogonEvents: 'DeviceName ActionType AccountName LogonType RemoteIP RemoteDeviceName FailureReason IsLocalAdmin',
  DeviceNetworkEvents: 'DeviceName ActionType RemoteIP RemotePort RemoteUrl Protocol InitiatingProcessFileName LocalIP',
  DeviceFileEvents: 'DeviceName ActionType FileName FolderPath InitiatingProcessFileName SHA256',
  DeviceRegistryEvents: 'DeviceName ActionType RegistryKey RegistryValueName RegistryValueData InitiatingProcessFileName',
  DeviceEvents: 'DeviceName ActionType FileName RemoteIP AdditionalFields InitiatingProcessFileName',
  EmailEvents: 'SenderFromAddress RecipientEmailAddress Subject DeliveryAction ThreatTypes DeliveryLocation SenderIPv4 EmailDirection',
  IdentityLogonEvents: 'AccountUpn ActionType Application LogonType IPAddress Location FailureReason DeviceName',
  CloudAppEvents: 'AccountDisplayName ActionType Application IPAddress CountryCode ObjectName ActivityType',
  OfficeActivity: 'UserId Operation OfficeWorkload ResultStatus ClientIP OfficeObjectId RecordType',
  AppRequests: 'Name Success ResultCode DurationMs AppRoleName Url ClientIP ClientCountryOrRegion OperationId',
  AppDependencies: 'Target Name Success ResultCode DurationMs DependencyType AppRoleName Data',
  AppExceptions: 'ExceptionType OuterMessage ProblemId AppRoleName OperationName SeverityLevel',
  AppTraces: 'Message SeverityLevel AppRoleName OperationName Properties',
  AppPageViews: 'Name Url DurationMs ClientCountryOrRegion ClientBrowser UserId',
  AppMetrics: 'Name Sum ItemCount Min Max AppRoleName',
  AppAvailabilityResults: 'Name Success Message Location DurationMs',
  LazuliQuarantine: 'Reason Detail Origin Raw',
}

/** What an unknown table is likely to be read by: parts of names, those that say more first. */
const telling = [
  /^(alert)?severity|^level$|^severitylevel$|loglevel/i, /^operation(name)?(value)?(_s)?$|^action(type)?(_s)?$|^activity$|^event(name|type|id)$|^title$/i,
  /^(user(principal)?name|user(id)?|caller|account(upn|name)?|identity|actor|principal)(_s)?$/i, /^(result(type)?|status(code|value|text)?|outcome|success|responsecode|httpstatus(code)?)(_[sd])?$/i,
  /(source|src|client|caller|remote)_?ip(address|v4)?(_s)?$|^ip(address)?$/i, /(dest(ination)?|target|server)_?ip(address)?(_s)?$/i, /^(message|description|summary|subject|name|displayname)(_s)?$/i,
  /^(computer|host(name)?|devicename|resource(name)?|target|object(name)?|app(lication)?(display)?name)(_s)?$/i, /^(location|country)/i, /^category/i, /(duration|latency)/i, /(uri|url|path)(_s)?$/i,
]

/** Columns that are the same in every row, or nearly, or that only machines read. */
const dull = /^(TenantId|SourceSystem|Type|_ResourceId|_SubscriptionId|_BilledSize|_IsBillable|_ItemId|MG|ManagementGroupName|OperationVersion|ResourceProviderValue|CorrelationId|SchemaVersion|AADTenantId|TimeCollected)$/

const usual = 10

/**
 * The columns to show first, by their indices: the time, then what says most. For tables of which nobody chose,
 * those with telling names that some row fills, then others until there are enough. All others can be added by hand.
 */
export function mainColumns(table: string, columns: Column[], rows: Row[] = []): number[] {
  const at = new Map(columns.map((c, i) => [c.name, i]))
  const filled = (i: number) => rows.length === 0 || rows.some((r) => r[i] !== null && r[i] !== undefined && r[i] !== '')
  const time = ['TimeGenerated', 'Timestamp', 'timestamp'].map((n) => at.get(n)).filter((i) => i !== undefined)
  const listed = (chosen[table] ?? '').split(' ').map((n) => at.get(n)).filter((i) => i !== undefined).filter(filled)
  if (listed.length > 0) return [...time, ...listed]
  const rank = (i: number) => telling.findIndex((t) => t.test(columns[i].name))
  const others = columns.map((_c, i) => i).filter((i) => !time.includes(i) && filled(i) && !dull.test(columns[i].name))
  const by = others.filter((i) => rank(i) >= 0).sort((a, b) => rank(a) - rank(b) || a - b)
  const rest = others.filter((i) => rank(i) < 0)
  const list = [...time, ...by.slice(0, usual), ...rest.slice(0, Math.max(0, usual - by.length))]
  return list.length > 0 ? list : columns.map((_c, i) => i)
}
