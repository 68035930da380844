package decode

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
)

// The shapes of Windows events by the table that their channel goes to.
const (
	shapeSecurityEvent = "Windows event of the security log"
	shapeClassicEvent  = "Windows event of a classic log"
	shapeWindowsEvent  = "Windows event of another log"
)

// windows are the events of Windows: as XML, one after another, and as Azure
// Diagnostics puts them into Event Hubs, where a record has the XML in RawXml.
// The XML is read as an object: an element is a field of its name, an attribute
// is element@attribute beside it, a Data element is a field of the name it has.
var windows = []Entry{{
	Service: "Windows",
	Table:   "SecurityEvent",
	Match:   Match{Shape: shapeSecurityEvent},
	Doc:     "Events of the channel Security. Fields of the event's data fill the columns of their names.",
	Columns: append([]Column{
		{"SourceSystem", "=OpsManager", "", Derived, "OpsManager."},
		{"TimeGenerated", "System.TimeCreated@SystemTime", "", Sample, "When the event was written, UTC."},
		{"EventID", "System.EventID|properties.EventId", "", Sample, "Id of the event."},
		{"Activity", "System.EventID|RenderingInfo.Message|properties.Description", "activity", Sample, "Id and name of the event."},
		{"Account", "System.EventID|EventData.TargetDomainName|EventData.TargetUserName|EventData.SubjectDomainName|EventData.SubjectUserName", "account", Sample, "Who: of logons the account that logged on, else the one that acted."},
		{"AccountType", "System.EventID|EventData.TargetDomainName|EventData.TargetUserName|EventData.SubjectDomainName|EventData.SubjectUserName", "account type", Derived, "User, or Machine when the name ends in $."},
		{"SubjectAccount", "EventData.SubjectDomainName|EventData.SubjectUserName", "domain and name", Derived, "The account that acted."},
		{"TargetAccount", "EventData.TargetDomainName|EventData.TargetUserName", "domain and name", Derived, "The account that was acted on."},
		{"Computer", "System.Computer", "", Sample, "Name of the machine."},
		{"Channel", "System.Channel|properties.Channel", "", Sample, "The log."},
		{"EventSourceName", "System.Provider@Name|properties.ProviderName", "", Sample, "Provider of the event."},
		{"Task", "System.Task|properties.Task", "", Sample, "Task, a number."},
		{"Level", "System.Level|properties.Level", "", Sample, "Level, a number as text."},
		{"EventLevelName", "System.Level|properties.Level", "level name", Derived, "Level in a word."},
		{"Version", "System.Version", "", Sample, "Version of the event's fields."},
		{"Opcode", "System.Opcode|properties.Opcode", "", Sample, "Opcode, a number as text."},
		{"Keywords", "System.Keywords", "", Sample, "Keywords; 0x802... is a success, 0x801... a failure."},
		{"Correlation", "System.Correlation@ActivityID", "", Sample, "Activity that the event belongs to."},
		{"SystemProcessId", "System.Execution@ProcessID|properties.Pid", "", Sample, "Process that wrote the event."},
		{"SystemThreadId", "System.Execution@ThreadID|properties.Tid", "", Sample, "Thread that wrote the event."},
		{"SystemUserId", "System.Security@UserID", "", Documented, "Security id of the user under whom it was written."},
		{"EventRecordId", "System.EventRecordID", "", Sample, "Number of the record in its log."},
		{"EventData", "EventData|UserData|properties.RawXml|EventDataXml", "event data as written", Sample, "The event's data as XML."},
		{"LogonTypeName", "EventData.LogonType", "logon type", Derived, "Number and name of the kind of logon."},
		{"Process", "EventData.NewProcessName|EventData.ProcessName", "file name", Sample, "File name of the process."},
		{"AzureDeploymentID", "properties.DeploymentId", "", Sample, "Deployment that the machine belongs to."},
		{"_ResourceId", "resourceId", "lower", Derived, "Resource id of the machine, in lower case."},
		{"_SubscriptionId", "resourceId", "subscription", Derived, "Subscription, from the resource id."},
	}, securityFields()...),
}, {
	Service: "Windows",
	Table:   "Event",
	Match:   Match{Shape: shapeClassicEvent},
	Doc:     "Events of logs whose name has no slash, but for Security: Application, System and their like.",
	Columns: []Column{
		{"SourceSystem", "=OpsManager", "", Derived, "OpsManager."},
		{"TimeGenerated", "System.TimeCreated@SystemTime", "", Sample, "When the event was written, UTC."},
		{"Source", "System.Provider@Name|properties.ProviderName", "", Sample, "Provider of the event."},
		{"EventLog", "System.Channel|properties.Channel", "", Sample, "The log."},
		{"Computer", "System.Computer", "", Sample, "Name of the machine."},
		{"EventLevel", "System.Level|properties.Level", "", Sample, "Level, a number."},
		{"EventLevelName", "System.Level|properties.Level", "level name", Derived, "Level in a word."},
		{"EventID", "System.EventID|properties.EventId", "", Sample, "Id of the event."},
		{"EventCategory", "System.Task|properties.Task", "", Sample, "Task, a number."},
		{"EventData", "EventDataXml", "", Sample, "The event's data as XML."},
		{"ParameterXml", "EventData|UserData|properties.RawXml", "parameters", Derived, "The values of the event's data as Param elements."},
		{"RenderedDescription", "RenderingInfo.Message|properties.Description", "", Documented, "The event in words."},
		{"Message", "RenderingInfo.Message|properties.Description", "", Documented, "The same."},
		{"UserName", "System.Security@UserID", "", Documented, "Security id of the user under whom it was written."},
		{"Role", "properties.Role", "", Documented, "Role of the machine in its deployment."},
		{"AzureDeploymentID", "properties.DeploymentId", "", Documented, "Deployment that the machine belongs to."},
		{"_ResourceId", "resourceId", "lower", Derived, "Resource id of the machine, in lower case."},
		{"_SubscriptionId", "resourceId", "subscription", Derived, "Subscription, from the resource id."},
	},
}, {
	Service: "Windows",
	Table:   "WindowsEvent",
	Match:   Match{Shape: shapeWindowsEvent},
	Doc:     "Events of logs whose name has a slash, as Microsoft-Windows-Sysmon/Operational, and of ForwardedEvents.",
	Columns: []Column{
		{"SourceSystem", "=OpsManager", "", Derived, "OpsManager."},
		{"TimeGenerated", "System.TimeCreated@SystemTime", "", Sample, "When the event was written, UTC."},
		{"Provider", "System.Provider@Name|properties.ProviderName", "", Sample, "Provider of the event."},
		{"Channel", "System.Channel|properties.Channel", "", Sample, "The log."},
		{"Computer", "System.Computer", "", Sample, "Name of the machine."},
		{"Task", "System.Task|properties.Task", "", Sample, "Task, a number."},
		{"EventLevel", "System.Level|properties.Level", "", Sample, "Level, a number."},
		{"EventLevelName", "System.Level|properties.Level", "level name", Derived, "Level in a word."},
		{"EventID", "System.EventID|properties.EventId", "", Sample, "Id of the event."},
		{"Version", "System.Version", "", Sample, "Version of the event's fields."},
		{"Opcode", "System.Opcode|properties.Opcode", "", Documented, "Opcode, a number as text."},
		{"Keywords", "System.Keywords", "", Sample, "Keywords, hexadecimal."},
		{"Correlation", "System.Correlation@ActivityID", "", Documented, "Activity that the event belongs to."},
		{"SystemProcessId", "System.Execution@ProcessID|properties.Pid", "", Sample, "Process that wrote the event."},
		{"SystemThreadId", "System.Execution@ThreadID|properties.Tid", "", Sample, "Thread that wrote the event."},
		{"SystemUserId", "System.Security@UserID", "", Sample, "Security id of the user under whom it was written."},
		{"EventRecordId", "System.EventRecordID", "", Sample, "Number of the record in its log."},
		{"EventData", "EventData|UserData|properties.RawXml", "", Sample, "The event's data by name."},
		{"RawEventData", "EventData|EventDataXml", "data not by name", Derived, "The event's data as XML, where it is not a list of named values."},
		{"_ResourceId", "resourceId", "lower", Derived, "Resource id of the machine, in lower case."},
		{"_SubscriptionId", "resourceId", "subscription", Derived, "Subscription, from the resource id."},
	},
}, {
	Service: "Windows",
	Table:   "Event",
	Match:   Match{Categories: []string{"WindowsEventLogsTable"}},
	Doc:     "Records of Azure Diagnostics. The event in RawXml decides the table; where there is none that can be read, the row is made of the record's own fields.",
	Reshape: "windows event",
	Columns: []Column{
		{"SourceSystem", "=OpsManager", "", Derived, "OpsManager."},
		{"TimeGenerated", "time", "", Documented, "When the event was written, UTC."},
		{"Source", "properties.ProviderName", "", Documented, "Provider of the event."},
		{"EventLog", "properties.Channel", "", Documented, "The log."},
		{"Computer", "properties.RoleInstance", "", Derived, "Name of the machine, as Azure Diagnostics has it."},
		{"EventLevel", "properties.Level", "", Documented, "Level, a number."},
		{"EventLevelName", "properties.Level", "level name", Derived, "Level in a word."},
		{"EventID", "properties.EventId", "", Documented, "Id of the event."},
		{"EventCategory", "properties.Task", "", Documented, "Task, a number."},
		{"EventData", "properties.RawXml", "", Derived, "The event as it came."},
		{"ParameterXml", "properties.Parameters", "", Derived, "The parameters."},
		{"RenderedDescription", "properties.Description", "", Documented, "The event in words."},
		{"Message", "properties.Description", "", Documented, "The same."},
		{"UserName", "properties.UserName", "", Derived, "User under whom it was written."},
		{"Role", "properties.Role", "", Documented, "Role of the machine in its deployment."},
		{"AzureDeploymentID", "properties.DeploymentId", "", Documented, "Deployment that the machine belongs to."},
		{"_ResourceId", "resourceId", "lower", Derived, "Resource id of the machine, in lower case."},
		{"_SubscriptionId", "resourceId", "subscription", Derived, "Subscription, from the resource id."},
	},
}}

// securityMade are the columns of SecurityEvent that are not fields of an event's data.
const securityMade = ` SourceSystem TimeGenerated EventID Activity Account AccountType SubjectAccount TargetAccount Computer Channel EventSourceName Task Level
 EventLevelName Version Opcode Keywords Correlation SystemProcessId SystemThreadId SystemUserId EventRecordId EventData LogonTypeName Process AzureDeploymentID
 _ResourceId _SubscriptionId ManagementGroupName SourceComputerId TenantId Type _IsBillable _BilledSize `

// securityFields are the columns that are fields of an event's data.
func securityFields() []Column {
	t, _ := schema.Lookup("SecurityEvent")
	var cols []Column
	made := strings.Fields(securityMade)
	for _, c := range t.Columns {
		if !slices.Contains(made, c.Name) {
			cols = append(cols, Column{c.Name, "EventData." + c.Name, "", Documented, "The field of that name in the event's data."})
		}
	}
	return proven(cols, securityProven)
}

// levels are the names of the levels of events.
var levels = [...]string{"LogAlways", "Critical", "Error", "Warning", "Information", "Verbose"}

// logons are the events about somebody who logs on or off, or proves who it is.
var logons = map[string]bool{"4624": true, "4625": true, "4634": true, "4647": true, "4648": true, "4768": true, "4769": true, "4770": true,
	"4771": true, "4776": true, "4778": true, "4779": true, "4800": true, "4801": true}

// logonTypes are the names of the kinds of logon.
var logonTypes = map[string]string{"0": "System", "2": "Interactive", "3": "Network", "4": "Batch", "5": "Service", "7": "Unlock", "8": "NetworkCleartext",
	"9": "NewCredentials", "10": "RemoteInteractive", "11": "CachedInteractive", "12": "CachedRemoteInteractive", "13": "CachedUnlock"}

// activities are the names of the security events that are met most.
var activities = map[string]string{
	"1100": "The event logging service has shut down.", "1102": "The audit log was cleared.",
	"4608": "Windows is starting up.", "4616": "The system time was changed.",
	"4624": "An account was successfully logged on.", "4625": "An account failed to log on.", "4634": "An account was logged off.",
	"4647": "User initiated logoff.", "4648": "A logon was attempted using explicit credentials.", "4656": "A handle to an object was requested.",
	"4657": "A registry value was modified.", "4658": "The handle to an object was closed.", "4660": "An object was deleted.",
	"4661": "A handle to an object was requested.", "4662": "An operation was performed on an object.", "4663": "An attempt was made to access an object.",
	"4670": "Permissions on an object were changed.", "4672": "Special privileges assigned to new logon.", "4673": "A privileged service was called.",
	"4674": "An operation was attempted on a privileged object.", "4688": "A new process has been created.", "4689": "A process has exited.",
	"4697": "A service was installed in the system.", "4698": "A scheduled task was created.", "4699": "A scheduled task was deleted.",
	"4700": "A scheduled task was enabled.", "4701": "A scheduled task was disabled.", "4702": "A scheduled task was updated.",
	"4719": "System audit policy was changed.", "4720": "A user account was created.", "4722": "A user account was enabled.",
	"4723": "An attempt was made to change an account's password.", "4724": "An attempt was made to reset an account's password.",
	"4725": "A user account was disabled.", "4726": "A user account was deleted.", "4728": "A member was added to a security-enabled global group.",
	"4729": "A member was removed from a security-enabled global group.", "4732": "A member was added to a security-enabled local group.",
	"4733": "A member was removed from a security-enabled local group.", "4738": "A user account was changed.", "4740": "A user account was locked out.",
	"4756": "A member was added to a security-enabled universal group.", "4767": "A user account was unlocked.",
	"4768": "A Kerberos authentication ticket (TGT) was requested.", "4769": "A Kerberos service ticket was requested.",
	"4770": "A Kerberos service ticket was renewed.", "4771": "Kerberos pre-authentication failed.",
	"4776": "The domain controller attempted to validate the credentials for an account.", "4778": "A session was reconnected to a Window Station.",
	"4779": "A session was disconnected from a Window Station.", "4781": "The name of an account was changed.",
	"4798": "A user's local group membership was enumerated.", "4799": "A security-enabled local group membership was enumerated.",
	"4800": "The workstation was locked.", "4801": "The workstation was unlocked.", "5140": "A network share object was accessed.",
	"5145": "A network share object was checked to see whether client can be granted desired access.",
	"5156": "The Windows Filtering Platform has permitted a connection.", "5157": "The Windows Filtering Platform has blocked a connection.",
	"5379": "Credential Manager credentials were read.",
}

// windowsSteps adds the steps that Windows events need.
func windowsSteps(steps map[string]step) {
	steps["level name"] = step{
		doc: "The name of an event's level: 0 is LogAlways, 1 Critical, 2 Error, 3 Warning, 4 Information, 5 Verbose.",
		run: func(w *worker, t *target, slots []int) fit {
			return w.derive(t, slots, func(v []byte) []byte {
				if n, err := strconv.Atoi(string(v)); err == nil && n >= 0 && n < len(levels) {
					return []byte(levels[n])
				}
				return nil
			})
		},
	}
	steps["logon type"] = step{
		doc: "Number and name of a kind of logon, as in 3 - Network.",
		run: func(w *worker, t *target, slots []int) fit {
			return w.derive(t, slots, func(v []byte) []byte {
				if name := logonTypes[string(v)]; name != "" {
					return []byte(string(v) + " - " + name)
				}
				return v
			})
		},
	}
	steps["file name"] = step{
		doc: "What follows the last backslash or slash of a path; a dash is nothing.",
		run: func(w *worker, t *target, slots []int) fit {
			return w.derive(t, slots, func(v []byte) []byte {
				if string(v) == "-" {
					return nil
				}
				return v[bytes.LastIndexAny(v, `\/`)+1:]
			})
		},
	}
	steps["activity"] = step{
		doc: "Id and name of a security event, as in 4624 - An account was successfully logged on. The name is known, or the first line of the event's message; without either there is the id alone.",
		run: func(w *worker, t *target, slots []int) fit {
			id := string(w.slotText(slots[0]))
			name := []byte(activities[id])
			for _, s := range slots[1:] {
				if len(name) == 0 {
					name, _, _ = bytes.Cut(w.slotText(s), []byte{'\n'})
					name = bytes.TrimSpace(name)
				}
			}
			if len(name) > 0 {
				id += " - " + string(name)
			}
			return w.putText(t, []byte(id))
		},
	}
	steps["domain and name"] = step{
		doc: `An account as DOMAIN\name; a dash is nothing.`,
		run: func(w *worker, t *target, slots []int) fit {
			return w.putText(t, w.account(slots[0], slots[1]))
		},
	}
	steps["account"] = step{
		doc: `The account as DOMAIN\name: in events about logons the one that logs on, in others the one that acts.`,
		run: func(w *worker, t *target, slots []int) fit { return w.putText(t, w.actor(slots)) },
	}
	steps["account type"] = step{
		doc: "Machine when the account's name ends in $, else User.",
		run: func(w *worker, t *target, slots []int) fit {
			switch a := w.actor(slots); {
			case len(a) == 0:
			case a[len(a)-1] == '$':
				return w.putText(t, []byte("Machine"))
			default:
				return w.putText(t, []byte("User"))
			}
			return fits
		},
	}
	steps["event data as written"] = step{
		doc:   "The XML of the event's data; the fields of it that have no column of their own are in it.",
		whole: true,
		run: func(w *worker, t *target, slots []int) fit {
			return w.derive(t, slots[len(slots)-1:], func(v []byte) []byte { return v })
		},
	}
	steps["data not by name"] = step{
		doc:   "The second field, unless the first has a value: what is in it is in the first then.",
		whole: true,
		run: func(w *worker, t *target, slots []int) fit {
			if !empty(w.slot(slots[0])) {
				return fits
			}
			return w.derive(t, slots[1:], func(v []byte) []byte { return v })
		},
	}
	steps["parameters"] = step{
		doc:   "The values of the event's data in their order, as <Param>value</Param>. They are whole in EventData.",
		whole: true,
		run: func(w *worker, t *target, slots []int) fit {
			for _, s := range slots {
				if v := w.slot(s); !empty(v) {
					return w.putText(t, w.params(nil, v))
				}
			}
			return fits
		},
	}
}

// account joins a domain and a name.
func (w *worker) account(domain, name int) []byte {
	n, d := w.slotText(name), w.slotText(domain)
	if len(n) == 0 || string(n) == "-" {
		return nil
	}
	if len(d) == 0 || string(d) == "-" {
		return n
	}
	return slices.Concat(d, []byte{'\\'}, n)
}

// actor is the account that an event is about: of a logon its target, of
// anything else its subject. The slots are the event's id, the domain and name
// of the target, those of the subject.
func (w *worker) actor(slots []int) []byte {
	target, subject := w.account(slots[1], slots[2]), w.account(slots[3], slots[4])
	if len(subject) == 0 || len(target) > 0 && logons[string(w.slotText(slots[0]))] {
		return target
	}
	return subject
}

// params appends the texts in a JSON value, however deep, as elements.
func (w *worker) params(dst, v []byte) []byte {
	in := scanner{b: v}
	for i := 0; i < len(v); {
		switch v[i] {
		case '"':
			e, _ := in.text(i + 1)
			if next := blank(v, e+1); next < len(v) && v[next] == ':' {
				i = next
				break
			}
			dst = append(dst, "<Param>"...)
			for _, c := range w.plain(v[i : e+1]) {
				switch c {
				case '<':
					dst = append(dst, "&lt;"...)
				case '>':
					dst = append(dst, "&gt;"...)
				case '&':
					dst = append(dst, "&amp;"...)
				default:
					dst = append(dst, c)
				}
			}
			dst = append(dst, "</Param>"...)
			i = e
		}
		i++
	}
	return dst
}

// proven marks the columns of a list of names as seen in real records.
func proven(cols []Column, names string) []Column {
	list := strings.Fields(names)
	for i := range cols {
		if slices.Contains(list, cols[i].Name) {
			cols[i].Mark = Sample
		}
	}
	return cols
}

// named are the columns of a table that are fields of their names at a path,
// but for those that the machinery fills or that are given otherwise.
func named(table, path, doc string, mark Mark, own ...Column) []Column {
	t, _ := schema.Lookup(table)
	cols := slices.Clone(own)
	for _, c := range t.Columns {
		switch c.Name {
		case "TenantId", "Type", "_IsBillable", "_BilledSize":
			continue
		}
		if slices.ContainsFunc(own, func(o Column) bool { return o.Name == c.Name }) {
			continue
		}
		how := ""
		if c.Type == types.Dynamic {
			how = "json text"
		}
		cols = append(cols, Column{c.Name, path + c.Name, how, mark, doc})
	}
	return cols
}
