package tenant

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// A card is a network interface whose traffic is logged.
type card struct {
	mac, address, group, rg string
	region                  string
	open                    int // the port that the internet may reach, 0 for none
}

var (
	nsgCards = []card{
		{"000D3A1B2C01", "10.40.1.10", "nsg-shop", "RG-SHOP", "NORWAYEAST", 443},
		{"000D3A1B2C02", "10.40.1.11", "nsg-shop", "RG-SHOP", "NORWAYEAST", 443},
		{"000D3A1B2C03", "10.40.2.10", targetNSG, "RG-WORKSHOP", "NORWAYEAST", 0},
		{"000D3A1B2C04", "10.40.2.11", "nsg-workshop-b", "RG-WORKSHOP", "NORWAYEAST", 0},
	}
	vnetCards = []card{
		{"000D3A4D5E01", "10.40.3.10", "nsg-lens", "RG-LENS", "NORWAYEAST", 443},
		{"000D3A4D5E02", "10.40.3.11", "nsg-lens", "RG-LENS", "NORWAYEAST", 443},
		{"000D3A4D5E03", "10.40.4.10", "nsg-data", "RG-LENS", "NORWAYEAST", 0},
	}
	targetCard = &nsgCards[2]
)

// A flow is one line of a flow log, before it is written as NSG or as VNet logs have it.
type flow struct {
	at               time.Time
	src, dst         string
	srcPort, dstPort int
	udp, in, denied  bool
	state            byte // B, C or E
	sentP, sentB     int
	backP, backB     int
}

// minute draws the flows of one interface in one minute, grouped by the rule that decided.
func (w *world) minute(r *rand.Rand, c *card, begin time.Time) map[string][]flow {
	rules := map[string][]flow{}
	at := func() time.Time { return begin.Add(time.Duration(r.IntN(60_000)) * time.Millisecond) }
	add := func(rule string, f flow) { rules[rule] = append(rules[rule], f) }
	counted := func(f flow) flow {
		f.state = "BEEC"[r.IntN(4)]
		if f.state != 'B' {
			f.sentP, f.backP = 1+r.IntN(60), 1+r.IntN(80)
			f.sentB, f.backB = f.sentP*(60+r.IntN(700)), f.backP*(60+r.IntN(1200))
		}
		return f
	}
	load := w.load(begin.Hour())
	if c.open != 0 {
		for n := int(load*2) + r.IntN(2); n > 0; n-- {
			add("UserRule_allow-https", counted(flow{at: at(), src: homeNet + "." + strconv.Itoa(r.IntN(256)) + "." + strconv.Itoa(1+r.IntN(254)), dst: c.address,
				srcPort: 1024 + r.IntN(64000), dstPort: c.open, in: true}))
		}
	}
	for n := r.IntN(3); n > 0; n-- {
		add("DefaultRule_AllowInternetOutBound", counted(flow{at: at(), src: c.address, dst: mobileNet + ".240." + strconv.Itoa(1+r.IntN(40)),
			srcPort: 32768 + r.IntN(28000), dstPort: 443}))
	}
	if r.IntN(4) == 0 {
		add("DefaultRule_AllowVnetOutBound", counted(flow{at: at(), src: c.address, dst: "10.40.0.4", srcPort: 32768 + r.IntN(28000), dstPort: 53, udp: true}))
	}
	// The internet knocks at every door all day; the lower the number, the more often.
	for n := r.IntN(3); n > 0; n-- {
		who := int(24 * r.Float64() * r.Float64() * r.Float64())
		add("DefaultRule_DenyAllInBound", flow{at: at(), src: "192.0.2." + strconv.Itoa(10+who), dst: c.address,
			srcPort: 1024 + r.IntN(64000), dstPort: [...]int{22, 23, 3389, 445, 8080, 5900, 1433, 6379}[r.IntN(8)], in: true, denied: true, state: 'B'})
	}
	if h := begin.Hour(); h == 2 && begin.Minute() < 20 { // the company scans itself
		for range 12 {
			add("UserRule_deny-scan", flow{at: at(), src: scanner, dst: c.address, srcPort: 40000 + r.IntN(20000), dstPort: 1 + r.IntN(10000), in: true, denied: true, state: 'B'})
		}
	}
	return rules
}

// nsgFlows draws the records of one hour of an interface as NSG flow logs have them: one a
// minute, written when the minute is over. The woven flows of the interface are added to
// what was drawn.
func (w *world) nsgFlows(r *rand.Rand, hour int, c *card, woven []wovenFlow) []event {
	resource := "/SUBSCRIPTIONS/" + strings.ToUpper(prodSubscription) + "/RESOURCEGROUPS/" + c.rg + "/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/" + strings.ToUpper(c.group)
	return w.minutes(r, hour, c, woven, func(d *doc, begin time.Time, rules map[string][]flow) {
		d.obj().k("time").z(begin.Add(60*time.Second+894_384_400*time.Nanosecond)).ks("systemId", fixed(20, uint64(len(c.group))))
		d.ks("macAddress", c.mac).ks("category", "NetworkSecurityGroupFlowEvent").ks("resourceId", resource)
		d.ks("operationName", "NetworkSecurityGroupFlowEvents").k("properties").obj().k("Version").i(2).k("flows").arr()
		for _, rule := range ruleNames(rules) {
			d.obj().ks("rule", rule).k("flows").arr().obj().ks("mac", c.mac).k("flowTuples").arr()
			for _, f := range rules[rule] {
				d.sep()
				d.b = f.appendNSG(d.b)
			}
			d.fin().end().fin().end()
		}
		d.fin().end().end()
	})
}

// minutes draws the flows of an hour and has each minute with some of them written.
func (w *world) minutes(r *rand.Rand, hour int, c *card, woven []wovenFlow, write func(*doc, time.Time, map[string][]flow)) []event {
	var events []event
	for m := range 60 {
		begin := w.day.Add(time.Duration(hour)*time.Hour + time.Duration(m)*time.Minute)
		rules := w.minute(r, c, begin)
		weave(rules, woven, begin)
		rows := 0
		for _, list := range rules {
			rows += len(list)
		}
		if rows > 0 {
			events = append(events, event{begin.Add(time.Minute - 1), rows, func(d *doc) { write(d, begin, rules) }})
		}
	}
	return events
}

func (f *flow) appendNSG(b []byte) []byte {
	b = append(b, '"')
	b = strconv.AppendInt(b, f.at.Unix(), 10)
	b = f.appendEnds(b)
	b = append(b, ',', letter(f.udp, 'U', 'T'), ',', letter(f.in, 'I', 'O'), ',', letter(f.denied, 'D', 'A'), ',', f.state)
	if f.state == 'B' {
		return append(b, ",,,,\""...)
	}
	return append(f.appendCounts(b), '"')
}

// vnetFlows is nsgFlows for VNet flow logs.
func (w *world) vnetFlows(r *rand.Rand, hour int, c *card) []event {
	upper := strings.ToUpper(prodSubscription)
	log := "/SUBSCRIPTIONS/" + upper + "/RESOURCEGROUPS/NETWORKWATCHERRG/PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/NETWORKWATCHER_" + c.region + "/FLOWLOGS/VNET-TIDEWELL-" + c.rg + "-FLOWLOG"
	target := "/subscriptions/" + prodSubscription + "/resourceGroups/" + strings.ToLower(c.rg) + "/providers/Microsoft.Network/virtualNetworks/vnet-tidewell"
	acl := "/subscriptions/" + prodSubscription + "/resourceGroups/" + strings.ToLower(c.rg) + "/providers/Microsoft.Network/networkSecurityGroups/" + c.group
	return w.minutes(r, hour, c, nil, func(d *doc, begin time.Time, rules map[string][]flow) {
		d.obj().k("time").z(begin.Add(60*time.Second+777_658_000*time.Nanosecond)).ks("flowLogGUID", fixed(21, uint64(len(c.group))))
		d.ks("macAddress", c.mac).ks("category", "FlowLogFlowEvent").ks("flowLogResourceID", log).ks("targetResourceID", target)
		d.k("flowLogVersion").i(4).ks("operationName", "FlowLogFlowEvent")
		d.k("flowRecords").obj().k("flows").arr().obj().ks("aclID", acl).k("flowGroups").arr()
		for _, rule := range ruleNames(rules) {
			d.obj().ks("rule", rule).k("flowTuples").arr()
			for _, f := range rules[rule] {
				d.sep()
				d.b = f.appendVNet(d.b)
			}
			d.fin().end()
		}
		d.fin().end().fin().end().end()
	})
}

func (f *flow) appendVNet(b []byte) []byte {
	b = append(b, '"')
	b = strconv.AppendInt(b, f.at.UnixMilli(), 10)
	b = f.appendEnds(b)
	protocol, state := "6", f.state
	if f.udp {
		protocol = "17"
	}
	if f.denied {
		state = 'D'
	}
	b = append(append(append(b, ','), protocol...), ',', letter(f.in, 'I', 'O'), ',', state, ',', 'N', 'X')
	return append(f.appendCounts(b), '"')
}

func (f *flow) appendEnds(b []byte) []byte {
	b = append(append(b, ','), f.src...)
	b = append(append(b, ','), f.dst...)
	b = strconv.AppendInt(append(b, ','), int64(f.srcPort), 10)
	return strconv.AppendInt(append(b, ','), int64(f.dstPort), 10)
}

func (f *flow) appendCounts(b []byte) []byte {
	for _, n := range [4]int{f.sentP, f.sentB, f.backP, f.backB} {
		b = strconv.AppendInt(append(b, ','), int64(n), 10)
	}
	return b
}

func letter(is bool, yes, no byte) byte {
	if is {
		return yes
	}
	return no
}

// A wovenFlow is a flow of the attack with the rule that let it pass or not.
type wovenFlow struct {
	rule string
	flow
}

func weave(rules map[string][]flow, woven []wovenFlow, begin time.Time) {
	for _, f := range woven {
		if !f.at.Before(begin) && f.at.Before(begin.Add(time.Minute)) {
			rules[f.rule] = append(rules[f.rule], f.flow)
		}
	}
}

// ruleNames returns the rules in a fixed order: a map has none.
func ruleNames(rules map[string][]flow) []string {
	var names []string
	for _, name := range []string{"DefaultRule_AllowInternetOutBound", "DefaultRule_AllowVnetOutBound", "DefaultRule_DenyAllInBound",
		"UserRule_allow-https", "UserRule_" + openedRule, "UserRule_deny-scan"} {
		if len(rules[name]) > 0 {
			names = append(names, name)
		}
	}
	return names
}
