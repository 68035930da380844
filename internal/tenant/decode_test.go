package tenant_test

import (
	"testing"
	"time"

	"lazuli.dev/lazuli"
	"lazuli.dev/lazuli/decode"
	"lazuli.dev/lazuli/internal/tenant"
)

// The made-up records are what the decoder takes for the real ones: each lands in the table
// of its kind, whole and without a note.
func TestDayIsDecoded(t *testing.T) {
	tables := map[tenant.Kind]string{
		tenant.SignIns: "SigninLogs", tenant.SilentSignIns: "AADNonInteractiveUserSignInLogs",
		tenant.RobotSignIns: "AADServicePrincipalSignInLogs", tenant.IdentitySignIns: "AADManagedIdentitySignInLogs",
		tenant.Audits: "AuditLogs", tenant.Activity: "AzureActivity", tenant.KeyVault: "AZKVAuditLogs",
		tenant.NSGFlows: "AzureNetworkAnalytics_CL", tenant.VNetFlows: "NTANetAnalytics",
		tenant.Blobs: "StorageBlobLogs", tenant.Files: "StorageFileLogs", tenant.Queues: "StorageQueueLogs", tenant.Tables: "StorageTableLogs",
		tenant.Security: "SecurityEvent", tenant.Sysmon: "WindowsEvent", tenant.Classic: "Event", tenant.Syslog: "Syslog", tenant.Firewall: "CommonSecurityLog",
		tenant.Requests: "AppRequests", tenant.Dependencies: "AppDependencies", tenant.Exceptions: "AppExceptions", tenant.Traces: "AppTraces",
		tenant.PageViews: "AppPageViews", tenant.Availability: "AppAvailabilityResults", tenant.Metrics: "AppMetrics", tenant.Alerts: "SecurityAlert",
		tenant.Processes: "DeviceProcessEvents", tenant.Logons: "DeviceLogonEvents", tenant.Mail: "EmailEvents", tenant.AlertInfo: "AlertInfo",
	}
	d := decode.New(decode.Options{})
	day := time.Date(2026, 10, 14, 0, 0, 0, 0, time.UTC)
	parts := map[tenant.Kind]int{}
	unmapped := map[tenant.Kind]map[string]bool{}
	seq := int64(0)
	for part := range tenant.Day(3, day) {
		if parts[part.Kind]++; parts[part.Kind] > 4 {
			continue // some hours of each kind are enough
		}
		seq++
		result, err := d.Decode(decode.Message{Workspace: "default", Origin: "test", Seq: seq << 24, Received: lazuli.Ticks(day), Body: part.Body})
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Rows) != 1 || result.Rows[tables[part.Kind]] != part.Rows {
			t.Errorf("%s: rows %v, want %d in %s; %v", part.Kind, result.Rows, part.Rows, tables[part.Kind], result.Reasons)
		}
		for _, c := range result.Chunks {
			for row := range c.Rows {
				if note := text(c, "_DecodeNotes", row); note != "" {
					t.Fatalf("%s: a record has the note %s", part.Kind, note)
				}
				if u := text(c, "_Unmapped", row); u != "" {
					if unmapped[part.Kind] == nil {
						unmapped[part.Kind] = map[string]bool{}
					}
					if len(unmapped[part.Kind]) < 3 {
						unmapped[part.Kind][u] = true
					}
				}
			}
			c.Release()
		}
	}
	for k, u := range unmapped {
		t.Logf("%s: without a column: %v", k, u)
	}
}

func text(c interface {
	Null(string, int) bool
	Text(string, int) string
}, column string, row int) string {
	if c.Null(column, row) {
		return ""
	}
	return c.Text(column, row)
}
