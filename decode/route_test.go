package decode

import (
	"fmt"
	"testing"

	"lazuli.dev/lazuli/kql/types"
	"lazuli.dev/lazuli/schema"
)

// Categories that several services use, in any case, with and without a resource.
func TestRouting(t *testing.T) {
	d := New(Options{})
	f := func(category, resource, want string) {
		t.Helper()
		id := ""
		if resource != "" {
			id = fmt.Sprintf(`"resourceId":%q,`, resource)
		}
		rows, _ := decodeWith(t, d, fmt.Sprintf(`{"time":"2026-03-04T05:06:07Z",%s"category":%q,"operationName":"x"}`, id, category))
		if len(rows) != 1 || rows[0].table != want {
			t.Errorf("%s of %s went to %v, want %s", category, resource, rows, want)
		}
	}
	const sub = "/SUBSCRIPTIONS/11112222-3333-4444-5555-666677778888/RESOURCEGROUPS/G/PROVIDERS/"
	const tenant = "/tenants/11112222-3333-4444-5555-666677778888/providers/Microsoft.aadiam"
	f("AuditEvent", sub+"MICROSOFT.KEYVAULT/VAULTS/V", "AZKVAuditLogs")
	f("auditevent", "/subscriptions/1/resourcegroups/g/providers/microsoft.keyvault/vaults/v", "AZKVAuditLogs")
	f("AuditEvent", sub+"MICROSOFT.KEYVAULT/MANAGEDHSMS/H", "AzureDiagnostics")
	f("AuditEvent", sub+"MICROSOFT.AUTOMATION/AUTOMATIONACCOUNTS/A", "AzureDiagnostics")
	f("AuditEvent", sub+"MICROSOFT.ATTESTATION/ATTESTATIONPROVIDERS/A", "AzureDiagnostics")
	f("AuditEvent", sub+"MICROSOFT.OPENENERGYPLATFORM/ENERGYSERVICES/E", "AzureDiagnostics")
	f("AuditEvent", "", "AzureDiagnostics")
	f("AuditLogs", tenant, "AuditLogs")
	f("AUDITLOGS", "/TENANTS/1/PROVIDERS/MICROSOFT.AADIAM", "AuditLogs")
	f("AuditLogs", "", "AzureDiagnostics") // Intune writes no resource
	f("AuditLogs", sub+"MICROSOFT.HEALTHCAREAPIS/SERVICES/S", "AzureDiagnostics")
	f("AuditLogs", sub+"MICROSOFT.PLAYFAB/TITLES/T", "AzureDiagnostics")
	f("SignInLogs", tenant, "SigninLogs")
	f("signinlogs", "", "SigninLogs")
	f("NonInteractiveUserSignInLogs", tenant, "AADNonInteractiveUserSignInLogs")
	f("ServicePrincipalSignInLogs", "77777777-7777-7777-7777-777777777777", "AADServicePrincipalSignInLogs")
	f("ManagedIdentitySignInLogs", tenant, "AADManagedIdentitySignInLogs")
	f("SignInLogs", sub+"MICROSOFT.ELSE/THINGS/T", "AzureDiagnostics")
	f("Policy", tenant, "AuditLogs")
	f("Policy", sub+"MICROSOFT.SQL/SERVERS/S", "AzureActivity")
	f("Administrative", sub+"MICROSOFT.COMPUTE/VIRTUALMACHINES/V", "AzureActivity")
	f("administrative", "/subscriptions/1", "AzureActivity")
	f("Administrative", "/providers/Microsoft.Management/managementGroups/g", "AzureActivity")
	f("Security", sub+"MICROSOFT.PURVIEW/ACCOUNTS/A", "AzureDiagnostics")
	f("Security", "/subscriptions/1", "AzureActivity")
	f("Autoscale", sub+"MICROSOFT.DESKTOPVIRTUALIZATION/SCALINGPLANS/S", "AzureDiagnostics")
	f("Autoscale", sub+"MICROSOFT.INSIGHTS/AUTOSCALESETTINGS/S", "AzureActivity")
	f("Autoscale", sub+"MICROSOFT.NETAPP/NETAPPACCOUNTS/N/CAPACITYPOOLS/C", "AzureDiagnostics")
	f("NetworkSecurityGroupFlowEvent", sub+"MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/N", "AzureNetworkAnalytics_CL")
	f("FlowLogFlowEvent", "", "NTANetAnalytics")
	f("NeverSeen", sub+"MICROSOFT.NEW/THINGS/T", "AzureDiagnostics")
	f("NeverSeen", "", "AzureDiagnostics")
}

func TestColumnsFoundAtRunTime(t *testing.T) {
	known := []schema.Column{schema.Found("fromBefore_s", types.String)}
	d := New(Options{Columns: func(workspace, table string) []schema.Column {
		if workspace == "" || table != "AzureDiagnostics" {
			t.Errorf("columns of %s of %s", table, workspace)
		}
		return known
	}})
	table, _ := schema.Lookup("AzureDiagnostics")
	free := maxColumns - len(table.Columns) - len(known)
	body := ""
	for i := range free + 5 {
		body += fmt.Sprintf(`{"time":"2026-03-04T05:06:07Z","category":"C","resourceId":"/subscriptions/1","properties":{"new%d":"v%d","fromBefore":"x"}}`+"\n", i, i)
	}
	rows, _ := decodeWith(t, d, body)
	for i, r := range rows {
		v := r.values
		name := fmt.Sprintf("new%d_s", i)
		switch {
		case v["fromBefore_s"] != "x":
			t.Errorf("row %d lacks a column that was known: %v", i, v)
		case i < free && (v[name] != fmt.Sprintf("v%d", i) || v["AdditionalFields"] != ""):
			t.Errorf("row %d: %v", i, v)
		case i >= free && (v[name] != "" || v["AdditionalFields"] != fmt.Sprintf(`{"%s":"v%d"}`, name, i)):
			t.Errorf("row %d, beyond the limit: %v", i, v)
		}
	}
}
