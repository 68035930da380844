package mapping

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lazuli.dev/lazuli"
)

func TestSnake(t *testing.T) {
	f := func(name, want string) {
		t.Helper()
		if got := string(AppendSnake(nil, []byte(name))); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	f("UserPrincipalName", "user_principal_name")
	f("IPAddress", "ip_address")
	f("RiskEventTypes_V2", "risk_event_types_v2")
	f("AADTenantId", "aad_tenant_id")
	f("displayName", "display_name")
	f("_ResourceId", "_resource_id")
	f("FASchemaVersion_s", "fa_schema_version_s")
	f("", "")
}

// TestEntries: every entry compiles, each format's keys are there once, and what a table maps is not empty.
func TestEntries(t *testing.T) {
	tables := map[string]bool{}
	for i := range all {
		m := &all[i]
		for _, name := range m.Tables {
			if tables[name] {
				t.Errorf("%s has two mappings", name)
			}
			tables[name] = true
			if For(name) != m {
				t.Errorf("%s finds another mapping", name)
			}
		}
		if m.Doc == "" || m.Dataset == "" || m.Rest == "" || len(m.Examples) == 0 {
			t.Errorf("mapping of %v: no doc, dataset, rest or example", m.Tables)
		}
		for _, format := range []Format{CEF, LEEF, ECS} {
			p, err := Compile(m, format)
			if err != nil {
				t.Errorf("mapping of %v: %v", m.Tables, err)
				continue
			}
			seen := map[string]*Out{}
			for i := range p.Outs {
				o := &p.Outs[i]
				if o.Key != "-" && o.Key != "*" && !strings.HasSuffix(o.Key, "[]") && seen[o.Key] != nil && !o.Excludes(seen[o.Key]) {
					t.Errorf("mapping of %v: key %s of format %d is there twice", m.Tables, o.Key, format)
				}
				seen[o.Key] = o
				if format == CEF && !m.Bare {
					checkKey(t, m, o)
				}
			}
		}
		for _, x := range m.Examples {
			if !json.Valid([]byte(x.Row)) {
				t.Errorf("example of %s is no JSON: %s", x.Table, x.Row)
			}
		}
	}
	if len(all[len(all)-1].Tables) != 0 {
		t.Error("the last mapping is not the one for all other tables")
	}
}

// checkKey holds a key of CEF against the format's dictionary.
func checkKey(t *testing.T, m *Mapping, o *Out) {
	t.Helper()
	if o.Key == "-" || o.Key == "lazuliId" {
		return
	}
	k, known := KeyOf(o.Key)
	if !known {
		t.Errorf("mapping of %v: %s is no key of CEF", m.Tables, o.Key)
		return
	}
	fits := map[Kind][]As{
		OfText: {Text, List, Lower, User, Domain, File, Data, Address}, OfInt: {Int, Port, AddressPort}, OfFloat: {Float, Int}, OfIPv4: {Address}, OfIPv6: {Address}, OfMAC: {MAC}, OfTime: {Time},
	}
	words := o.Words != nil
	for _, w := range o.Words {
		if _, err := strconv.Atoi(w); w != "" && err != nil {
			words = false
		}
	}
	if fit := slices.Contains(fits[k.Kind], o.As) || k.Kind == OfInt && words || o.Key == "rt"; !fit {
		t.Errorf("mapping of %v: %s is written as %q, which is not what the key holds", m.Tables, o.Key, o.As)
	}
	custom := regexp.MustCompile(`^(cs|cn|cfp|c6a|flexString|flexNumber|flexDate|deviceCustomDate)\d$`).MatchString(o.Key)
	if custom != (o.Label != "") {
		t.Errorf("mapping of %v: label %q of %s: the keys that mean nothing by themselves have one, and no others", m.Tables, o.Label, o.Key)
	}
}

func TestWrongPaths(t *testing.T) {
	f := func(from string) {
		t.Helper()
		if _, err := Compile(&Mapping{Fields: []Field{{From: from, CEF: "x"}}}, CEF); err == nil {
			t.Errorf("%q compiles", from)
		}
	}
	f("")
	f("A|")
	f("@nobody")
	f("A[0")
	f("A[0]b")
}

func TestConvert(t *testing.T) {
	f := func(as As, json bool, value, want string) {
		t.Helper()
		p, err := Compile(&Mapping{Fields: []Field{{From: "A", CEF: "a", As: as}}}, CEF)
		if err != nil {
			t.Fatal(err)
		}
		var v Values
		e := lazuli.Event{Row: []byte(`{"A":` + value + `}`)}
		p.Read(&v, &e)
		got, ok := p.Outs[0].Append(nil, &v, json)
		if !ok {
			got = []byte("no")
		}
		if string(got) != want {
			t.Errorf("%s as %v: %s, want %s", value, as, got, want)
		}
		rest := 0
		v.Rest(func(_, _ []byte) { rest++ })
		if rest == 1 == ok && !strings.Contains(value, `:443"`) && !strings.ContainsAny(value, `@\`) { // what is cut stays whole in the rest
			t.Errorf("%s as %v: written %v, rest %d: the value must be in one place", value, as, ok, rest)
		}
	}
	f(Int, false, `443.0`, "443")
	f(Int, true, `"443"`, "443")
	f(Int, false, `443.5`, "no")
	f(Int, false, `"http"`, "no")
	f(Nanos, true, `12`, "12000000")
	f(Nanos, true, `-1`, "no")
	f(Nanos, true, `9223372036854775807`, "no")
	f(Address, false, `"10.0.0.1"`, "10.0.0.1")
	f(Address, false, `"10.0.0.1:443"`, "10.0.0.1")
	f(Address, false, `"[2001:db8::1]:443"`, "2001:db8::1")
	f(Address, true, `"2001:db8::1"`, `"2001:db8::1"`)
	f(Address, false, `"10.0.0.256"`, "no")
	f(Address, false, `"10.0.0.01"`, "no")
	f(Address, false, `"host"`, "no")
	f(Address, false, `"fe80::1%eth0"`, "no")
	f(MAC, false, `"00-22-48-71-C2-05"`, "00:22:48:71:C2:05")
	f(MAC, false, `"00224871C2"`, "no")
	f(MAC, false, `"00224871C20500"`, "no")
	f(Time, false, `"2026-11-19T00:00:55.123456Z"`, "1795046455123")
	f(Time, true, `"2026-11-19T00:00:55.123456Z"`, `"2026-11-19T00:00:55.123456Z"`)
	f(Time, false, `"yesterday"`, "no")
	f(Lower, true, `"Denied"`, `"denied"`)
	f(User, true, `"ana@x.example"`, `"ana"`)
	f(Domain, true, `"ana@x.example"`, `"x.example"`)
	f(Domain, true, `"7834"`, "no")
	f(Text, true, `7`, `"7"`)
	f(Text, true, `{"a": [1, "x\"\\"]}`, `"{\"a\":[1,\"x\\\"\\\\\"]}"`)
	f(Text, true, `["a", 1]`, `["a", 1]`)
	f(List, true, `"[\"a\"]"`, `["a"]`)
	f(List, true, `[{"a":1}]`, "no")
	f(JSON, true, `"{\"a\":1}"`, `{"a":1}`)
	f(JSON, true, `"{no"`, "no")
	f(JSON, true, `["a"]`, "no")
	f(Data, true, `"[a@1 b=\"c \\\"\" b=\"d\"][e]"`, `{"a@1":{"b":["c \"","d"]},"e":{}}`)
	f(Data, true, `"[a b]"`, "no")
	f(Port, false, `65536`, "no")
	f(Port, false, `"443"`, "443")
	f(AddressPort, true, `"[2001:db8::1]:443"`, "443")
	f(AddressPort, true, `"2001:db8::1"`, "no")
	f(Float, true, `"1.5"`, "1.5")
	f(Float, true, `"NaN"`, "no")
	f(File, true, `"C:\\a\\b.exe"`, `"b.exe"`)
	f(User, true, `"CORP\\ada"`, `"ada"`)
	f(Domain, true, `"CORP\\ada"`, `"CORP"`)
	f(Indexed, true, `[{"aB":[1,2]}]`, `{"0":{"a_b":{"0":1,"1":2}}}`)
	f(Snake, true, `[{"aB":[1, 2]}]`, `[{"a_b":[1,2]}]`)
}
