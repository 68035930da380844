package decode

import (
	"bytes"
	"net/netip"
	"slices"
)

// An explosion makes several rows of one record: one for each flow tuple.
type explosion struct {
	doc string
	at  string // path of the field with the tuples
	run func(w *worker, x *exploder, start int)
}

var explosions = map[string]explosion{
	"nsg tuples": {
		doc: "A row for each tuple of a flow log of a network security group, versions 1 and 2.",
		at:  "properties.flows",
		run: func(w *worker, x *exploder, start int) { x.groups(w, start, "flows") },
	},
	"vnet tuples": {
		doc: "A row for each tuple of a flow log of a virtual network, version 4.",
		at:  "flowRecords.flows",
		run: func(w *worker, x *exploder, start int) { x.vnet = true; x.groups(w, start, "flowgroups") },
	},
	"one vnet tuple": {
		doc: "The row of a record that has one tuple of a flow log of a virtual network as a text.",
		at:  "[flow.0]",
		run: func(w *worker, x *exploder, start int) {
			x.vnet = true
			if w.b[start] == '"' {
				e := w.value(start)
				x.tuple(w, w.plain(w.b[start:e]))
			}
		},
	},
}

// The values that a tuple, with what stands around it, gives to a row.
const (
	tTime = iota
	tSrc
	tDst
	tSrcPort
	tDstPort
	tProtocol // T, U, or what is there; 6 and 17 are T and U
	tDirection
	tDecision // A or D
	tState
	tEncryption
	tPacketsOut // from source to destination
	tBytesOut
	tPacketsIn
	tBytesIn
	tRule
	tMac
	tACL

	tRuleType // User Defined, Default or Platform, by the rule's name
	tWay      // Inbound or Outbound
	tStatus   // Allowed or Denied
	tSecrecy  // encryption in words
	tNSG      // subscription/group/name of the ACL
	tVM       // address of the machine that the flow log is of
	tBegun    // 1 when the tuple begins a flow, so that sums count flows
	tEnded    // 1 when it ends one
	tAllowedIn
	tDeniedIn
	tAllowedOut
	tDeniedOut
	tSrcPublic // address|begun|ended|packets out|packets in|bytes out|bytes in
	tDstPublic
	tupleFields
)

var tupleNames = [tupleFields]string{
	"time", "src", "dst", "srcPort", "dstPort", "protocol", "direction", "decision", "state", "encryption",
	"packetsOut", "bytesOut", "packetsIn", "bytesIn", "rule", "mac", "acl",
	"ruleType", "way", "status", "secrecy", "nsg", "vm", "begun", "ended", "allowedIn", "deniedIn", "allowedOut", "deniedOut",
	"srcPublic", "dstPublic",
}

// instead says which other value keeps all of a wire value.
var instead = map[int]int{tDirection: tWay, tDecision: tStatus, tEncryption: tSecrecy}

func tupleField(name string) (int, bool) {
	for i, n := range tupleNames {
		if n == name {
			return i, true
		}
	}
	return 0, false
}

// secrecy is how Traffic Analytics words the encryption of a flow.
var secrecy = map[string][]byte{
	"X": []byte("Encrypted"), "NX": []byte("Unencrypted"), "NX_HW_NOT_SUPPORTED": []byte("Unsupported hardware"),
	"NX_SW_NOT_READY": []byte("Software not ready"), "NX_NOT_ACCEPTED": []byte("Drop due to no encryption"),
	"NX_NOT_SUPPORTED": []byte("Discovery not supported"), "NX_LOCAL_DST": []byte("Destination on same host"),
	"NX_FALLBACK": []byte("Fall back to no encryption"),
}

// An exploder makes the rows of one record.
type exploder struct {
	vnet bool
	odd  bool // something did not look as it should
	rows int
	vals [tupleFields][]byte
}

// explode makes the rows of the current record. The row under way has what is
// the same in all of them; it becomes the first.
func (w *worker) explode(p *plan) {
	first := w.bl.Rows()
	w.given = w.bl.Given(w.given[:0])
	x := &exploder{}
	raw := w.slot(p.exSlot)
	if raw != nil {
		p.ex.run(w, x, int(w.slots[p.exSlot].start))
	}
	if x.rows == 0 || x.odd {
		text := "no flow tuples in the record"
		if x.rows > 0 {
			text = "some of the flows do not look as expected, here they are whole"
		}
		w.note(text, "", nil)
		if raw != nil {
			w.unmapped(w.slotName(p.exSlot), nil, raw)
		}
		w.endRow()
	}
	// The size of a row is that of its tuple, so the one of the record stays out.
	if l := p.layout; l.size >= 0 {
		w.given = slices.DeleteFunc(w.given, func(c int) bool { return c == l.size })
	}
	w.bl.Spread(w.given, first)
}

// groups walks the array at start: objects with, in the array named inner,
// objects with tuples. Where rule, acl and mac stand differs between the two
// kinds of log, and tuples may stand before their rule.
func (x *exploder) groups(w *worker, start int, inner string) {
	outerField, leafField, outerKey, leafKey := tRule, tMac, "rule", "mac"
	if x.vnet {
		outerField, leafField, outerKey, leafKey = tACL, tRule, "aclid", "rule"
	}
	x.each(w, start, func(group int) {
		rows := x.rows
		x.each(w, x.level(w, group, inner, outerKey, outerField), func(leaf int) {
			x.each(w, x.level(w, leaf, "flowtuples", leafKey, leafField), func(at int) {
				if w.b[at] != '"' {
					x.odd = true
					return
				}
				x.tuple(w, w.plain(w.b[at:w.value(at)]))
			})
		})
		x.odd = x.odd || x.rows == rows // what stands beside no tuple is in no row
	})
}

// level reads the object at i, whose keys are inner, with an array, and key,
// with the value of a field. It returns where the array is, -1 for nowhere.
func (x *exploder) level(w *worker, i int, inner, key string, field int) int {
	array := -1
	x.vals[field] = nil
	x.fields(w, i, func(k []byte, at, end int) {
		switch {
		case equalFold(k, inner) && array < 0:
			array = at
		case equalFold(k, key) && x.vals[field] == nil:
			x.vals[field] = w.plain(w.b[at:end])
		default:
			x.odd = true
		}
	})
	return array
}

// each calls f with every element of the array at i, which is valid JSON.
func (x *exploder) each(w *worker, i int, f func(at int)) {
	b := w.b
	if i < 0 || b[i] != '[' {
		x.odd = true
		return
	}
	for i = blank(b, i+1); b[i] != ']'; {
		f(i)
		i = blank(b, w.value(i))
		if b[i] == ',' {
			i = blank(b, i+1)
		}
	}
}

// fields calls f with every member of the object at i.
func (x *exploder) fields(w *worker, i int, f func(key []byte, at, end int)) {
	b := w.b
	if b[i] != '{' {
		x.odd = true
		return
	}
	for i = blank(b, i+1); b[i] != '}'; {
		key := i + 1
		e, _ := w.text(key)
		i = w.member(i)
		end := w.value(i)
		f(b[key:e], i, end)
		i = blank(b, end)
		if b[i] == ',' {
			i = blank(b, i+1)
		}
	}
}

// The order of the fields in a tuple; version 1 of NSG flow logs ends after
// the decision.
var (
	nsgOrder = [...]int{tTime, tSrc, tDst, tSrcPort, tDstPort, tProtocol, tDirection, tDecision, tState,
		tPacketsOut, tBytesOut, tPacketsIn, tBytesIn}
	vnetOrder = [...]int{tTime, tSrc, tDst, tSrcPort, tDstPort, tProtocol, tDirection, tState, tEncryption,
		tPacketsOut, tBytesOut, tPacketsIn, tBytesIn}
)

// tuple makes a row.
func (x *exploder) tuple(w *worker, text []byte) {
	if w.ordinal >= maxRows-2 {
		x.odd = true
		return
	}
	order := &nsgOrder
	if x.vnet {
		order = &vnetOrder
	}
	v := &x.vals
	for f := range v {
		if f != tRule && f != tMac && f != tACL {
			v[f] = nil
		}
	}
	n := 0
	for rest := text; ; n++ {
		field, after, more := bytes.Cut(rest, []byte{','})
		if n < len(order) {
			v[order[n]] = bytes.TrimSpace(field)
		}
		if !more {
			n++
			break
		}
		rest = after
	}
	if n != len(order) && (x.vnet || n != 8) {
		x.odd = true // no row of its own: a row is much larger than a short text
		return
	}
	um, notes, arena := len(w.um), len(w.notes), len(w.arena)
	x.complete(w)
	for f, targets := range w.plan.exCols {
		val := v[f]
		if len(val) == 0 {
			continue
		}
		if w.plan.exLost[f] {
			w.scratch = appendJSON(w.scratch[:0], val)
			w.unmapped("tuple.", []byte(tupleNames[f]), w.scratch)
		}
		for _, t := range targets {
			if r := w.putText(t, val); r != fits {
				w.scratch = appendJSON(w.scratch[:0], val)
				w.misfit(t, "tuple.", []byte(tupleNames[f]), w.scratch, r)
			}
		}
	}
	if l := w.plan.layout; l.size >= 0 {
		w.bl.SetFloat64(l.size, float64(len(text)))
	}
	w.endRow()
	x.rows++
	w.um, w.notes, w.arena = w.um[:um], w.notes[:notes], w.arena[:arena]
}

var (
	zeroText, oneText       = []byte("0"), []byte("1")
	textA, textD            = []byte("A"), []byte("D")
	textT, textU            = []byte("T"), []byte("U")
	inbound, outbound       = []byte("Inbound"), []byte("Outbound")
	allowedText, deniedText = []byte("Allowed"), []byte("Denied")
	ruleTypes               = [...]struct{ prefix, text []byte }{
		{[]byte("UserRule_"), []byte("User Defined")},
		{[]byte("DefaultRule_"), []byte("Default")},
		{[]byte("PlatformRule"), []byte("Platform")},
	}
)

func count(b bool) []byte {
	if b {
		return oneText
	}
	return zeroText
}

// complete works out the values that are not written in the tuple.
func (x *exploder) complete(w *worker) {
	v := &x.vals
	state := string(v[tState])
	if x.vnet {
		v[tDecision] = textA
		if state == "D" {
			v[tDecision] = textD
		}
		switch string(v[tProtocol]) {
		case "6":
			v[tProtocol] = textT
		case "17":
			v[tProtocol] = textU
		}
		v[tNSG] = nsgName(v[tACL])
	}
	for _, r := range ruleTypes {
		if bytes.HasPrefix(v[tRule], r.prefix) {
			v[tRuleType] = r.text
		}
	}
	v[tSecrecy] = v[tEncryption]
	if s, ok := secrecy[string(v[tEncryption])]; ok {
		v[tSecrecy] = s
	}
	in, out := string(v[tDirection]) == "I", string(v[tDirection]) == "O"
	v[tWay] = v[tDirection]
	if in {
		v[tWay], v[tVM] = inbound, v[tDst]
	} else if out {
		v[tWay], v[tVM] = outbound, v[tSrc]
	}
	allowed, denied := string(v[tDecision]) == "A", string(v[tDecision]) == "D"
	v[tStatus] = v[tDecision]
	if allowed {
		v[tStatus] = allowedText
	} else if denied {
		v[tStatus] = deniedText
	}
	// A tuple without a state is of version 1, which writes a flow once.
	begun := state == "B" || state == "" || x.vnet && denied
	v[tBegun], v[tEnded] = count(begun), count(state == "E")
	v[tAllowedIn], v[tDeniedIn] = count(begun && in && allowed), count(begun && in && denied)
	v[tAllowedOut], v[tDeniedOut] = count(begun && out && allowed), count(begun && out && denied)
	v[tSrcPublic], v[tDstPublic] = x.public(w, v[tSrc]), x.public(w, v[tDst])
}

var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// isPublic reports whether an address is one of the Internet.
func isPublic(ip []byte) bool {
	var a netip.Addr
	var four [4]byte
	n, i := 0, 0
	for n < 4 {
		j := digits(ip, i)
		if j == i || j-i > 3 {
			break
		}
		part := 0
		for _, c := range ip[i:j] {
			part = part*10 + int(c-'0')
		}
		if part > 255 {
			return false
		}
		four[n] = byte(part)
		n++
		i = j + 1
		if j >= len(ip) || ip[j] != '.' {
			break
		}
	}
	if n == 4 && i > len(ip) {
		a = netip.AddrFrom4(four)
	} else {
		var err error
		if a, err = netip.ParseAddr(string(ip)); err != nil {
			return false
		}
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !carrierNAT.Contains(a)
}

// public returns what Traffic Analytics keeps of a public address; nil for others.
func (x *exploder) public(w *worker, ip []byte) []byte {
	if !isPublic(ip) {
		return nil
	}
	v := &x.vals
	at := len(w.arena)
	w.arena = append(w.arena, ip...)
	for _, f := range [...]int{tBegun, tEnded, tPacketsOut, tPacketsIn, tBytesOut, tBytesIn} {
		w.arena = append(w.arena, '|')
		if len(v[f]) == 0 {
			w.arena = append(w.arena, '0')
		}
		w.arena = append(w.arena, v[f]...)
	}
	return w.arena[at:]
}
