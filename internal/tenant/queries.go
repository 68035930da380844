package tenant

// A Query is a question that an analyst would put to the week.
type Query struct {
	Title string // the question
	Why   string // one line: what its answer tells
	KQL   string
}

// Queries find the attack step by step, each beside things that resemble it.
var Queries = []Query{
	{
		Title: "Which address tried many accounts, and then got into one?",
		Why:   "An office after a change of passwords fails as often, but dozens of its people get in; the spray gets into one account.",
		KQL: `let Sprays = SigninLogs
| where ResultType == "50126"
| summarize Tried = dcount(UserPrincipalName), Failures = count(), From = min(TimeGenerated) by IPAddress
| where Tried >= 20;
SigninLogs
| where ResultType == "0"
| join kind=inner Sprays on IPAddress
| where TimeGenerated between (From .. From + 2h)
| summarize SignedIn = dcount(UserPrincipalName), Account = min(UserPrincipalName), First = min(TimeGenerated) by IPAddress, Tried, Failures
| order by SignedIn asc`,
	},
	{
		Title: "From which countries do only one or two people sign in?",
		Why:   "A traveller comes with a managed device and a second factor; the lost account had no second factor until a new one was registered for it.",
		KQL: `SigninLogs
| where ResultType == "0"
| summarize SignIns = count(), People = dcount(UserPrincipalName), Who = make_set(UserPrincipalName, 3),
    ManagedDevice = countif(tobool(DeviceDetail.isManaged)), SecondFactor = countif(AuthenticationRequirement == "multiFactorAuthentication")
    by Country = Location
| where People <= 2
| order by SignIns asc`,
	},
	{
		Title: "Who was given a role and read secrets within the hour?",
		Why:   "Administrators assign roles and service accounts read secrets every day; one account did both.",
		KQL: `let Grants = AzureActivity
| where OperationNameValue =~ "Microsoft.Authorization/roleAssignments/write" and ActivityStatusValue == "Success"
| project GrantedAt = TimeGenerated, Caller, From = CallerIpAddress;
AZKVAuditLogs
| where OperationName == "SecretGet" and HttpStatusCode == 200
| extend Caller = tostring(Identity.claim.upn)
| where isnotempty(Caller)
| join kind=inner Grants on Caller
| where TimeGenerated between (GrantedAt .. GrantedAt + 1h)
| summarize Secrets = dcount(Id), First = min(TimeGenerated), Last = max(TimeGenerated) by Caller, From, Vault = tostring(split(_ResourceId, "/")[-1])`,
	},
	{
		Title: "Who took most out of storage within an hour, and how?",
		Why:   "The backup reads most, every night with its own token; one address came once, with the account's key.",
		KQL: `StorageBlobLogs
| where OperationName == "GetBlob" and StatusCode == "200"
| summarize Blobs = count(), GB = round(sum(ResponseBodySize) / 1e9, 2)
    by Address = tostring(split(CallerIpAddress, ":")[0]), AuthenticationType, Hour = bin(TimeGenerated, 1h)
| summarize Hours = count(), arg_max(GB, Blobs, Hour) by Address, AuthenticationType
| top 5 by GB`,
	},
	{
		Title: "What did that address do, in the order of time?",
		Why:   "The whole attack in seven tables: guesses, a sign-in, a second factor, roles, secrets, keys, blobs, a log switched off, a door opened.",
		KQL: `let Address = "203.0.113.77";
union
    (SigninLogs | where IPAddress == Address | project TimeGenerated, Table = Type, What = iff(ResultType == "0", "signed in", "sign-in failed")),
    (AuditLogs | where tostring(InitiatedBy.user.ipAddress) == Address | project TimeGenerated, Table = Type, What = OperationName),
    (AzureActivity | where CallerIpAddress == Address and ActivityStatusValue == "Success" | project TimeGenerated, Table = Type, What = OperationNameValue),
    (AZKVAuditLogs | where CallerIpAddress == Address | project TimeGenerated, Table = Type, What = OperationName),
    (StorageBlobLogs | where CallerIpAddress startswith Address | project TimeGenerated, Table = Type, What = OperationName),
    (AzureNetworkAnalytics_CL | where SrcIP_s == Address | project TimeGenerated, Table = Type, What = iff(FlowStatus_s == "D", "flow denied", "flow allowed")),
    (SecurityEvent | where IpAddress == Address | project TimeGenerated, Table = Type, What = Activity)
| summarize First = min(TimeGenerated), Last = max(TimeGenerated), Times = count() by Table, What
| order by First asc`,
	},
}
