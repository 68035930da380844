package decode

import (
	"bytes"
	"strings"
)

// The shape of a line in the Common Event Format.
const shapeCEF = "CEF line"

// cefLines are events in the Common Event Format, alone on a line or as the text
// of a syslog message. A line is read as an object with the fields of the header
// of syslog, those of CEF's header (cefVersion, vendor, product, deviceVersion,
// class, name, deviceSeverity), extension with the keys that have a column, rest with
// the others as key=value;key=value, and time.
var cefLines = []Entry{{
	Service: "CEF",
	Table:   "CommonSecurityLog",
	Match:   Match{Shape: shapeCEF},
	Doc:     "Lines of the Common Event Format, with or without a syslog header before them.",
	Columns: append([]Column{
		{"SourceSystem", "=OpsManager", "", Derived, "OpsManager."},
		{"TimeGenerated", "time", "", Sample, "Time of receipt by the device, else of its end, its start, or of the syslog header, UTC."},
		{"DeviceVendor", "vendor", "", Sample, "Vendor of the device."},
		{"DeviceProduct", "product", "", Sample, "The product."},
		{"DeviceVersion", "deviceVersion", "", Sample, "Its version."},
		{"DeviceEventClassID", "class", "", Sample, "Id of the kind of event."},
		{"Activity", "name", "", Sample, "The event in words."},
		{"LogSeverity", "deviceSeverity", "", Sample, "Severity as sent: a number from 0 to 10 or a word."},
		{"OriginalLogSeverity", "deviceSeverity", "", Derived, "The same."},
		{"AdditionalExtensions", "rest", "", Sample, "Keys of the extension without a column, as key=value;key=value."},
		{"Computer", "host", "", Documented, "Machine in the syslog header; without one the address that the line came from, where that is known."},
		{"DeviceEventCategory", "extension.cat", "", Sample, "Category that the device gives the event."},
		{"CommunicationDirection", "extension.deviceDirection", "direction", Documented, "Inbound or Outbound."},
		{"ExtID", "extension.externalId", "", Derived, "Id of the event as the device has it."},
		{"ExternalID", "extension.externalId", "if a number", Derived, "The same when it is a number."},
		{"StartTime", "extension.start", "device time", Sample, "When it began."},
		{"EndTime", "extension.end", "device time", Sample, "When it ended."},
		{"SimplifiedDeviceAction", "extension.act", "", Derived, "What the device did, as sent."},
	}, cefColumns()...),
}}

// cefKeys are the keys of the extension that fill a column as they are.
const cefKeys = `act DeviceAction|app ApplicationProtocol|cnt EventCount|destinationDnsDomain DestinationDnsDomain|destinationServiceName DestinationServiceName|
destinationTranslatedAddress DestinationTranslatedAddress|destinationTranslatedPort DestinationTranslatedPort|deviceDnsDomain DeviceDnsDomain|
deviceExternalId DeviceExternalID|deviceFacility DeviceFacility|deviceInboundInterface DeviceInboundInterface|deviceNtDomain DeviceNtDomain|
deviceOutboundInterface DeviceOutboundInterface|devicePayloadId DevicePayloadId|deviceProcessName ProcessName|deviceTranslatedAddress DeviceTranslatedAddress|
dhost DestinationHostName|dmac DestinationMACAddress|dntdom DestinationNTDomain|dpid DestinationProcessId|dpriv DestinationUserPrivileges|
dproc DestinationProcessName|dpt DestinationPort|dst DestinationIP|dtz DeviceTimeZone|duid DestinationUserID|duser DestinationUserName|dvc DeviceAddress|
dvchost DeviceName|dvcmac DeviceMacAddress|dvcpid ProcessID|fileCreateTime FileCreateTime|fileHash FileHash|fileId FileID|
fileModificationTime FileModificationTime|filePath FilePath|filePermission FilePermission|fileType FileType|fname FileName|fsize FileSize|in ReceivedBytes|
msg Message|oldFileCreateTime OldFileCreateTime|oldFileHash OldFileHash|oldFileId OldFileID|oldFileModificationTime OldFileModificationTime|
oldFileName OldFileName|oldFilePath OldFilePath|oldFilePermission OldFilePermission|oldFileSize OldFileSize|oldFileType OldFileType|out SentBytes|
outcome EventOutcome|proto Protocol|reason Reason|request RequestURL|requestClientApplication RequestClientApplication|requestContext RequestContext|
requestCookies RequestCookies|requestMethod RequestMethod|rt ReceiptTime|shost SourceHostName|smac SourceMACAddress|sntdom SourceNTDomain|
sourceDnsDomain SourceDnsDomain|sourceServiceName SourceServiceName|sourceTranslatedAddress SourceTranslatedAddress|sourceTranslatedPort SourceTranslatedPort|
spid SourceProcessId|spriv SourceUserPrivileges|sproc SourceProcessName|spt SourcePort|src SourceIP|suid SourceUserID|suser SourceUserName|type EventType|
flexString1 FlexString1|flexString1Label FlexString1Label|flexString2 FlexString2|flexString2Label FlexString2Label|flexDate1 FlexDate1|
flexDate1Label FlexDate1Label|flexNumber1 FlexNumber1|flexNumber1Label FlexNumber1Label|flexNumber2 FlexNumber2|flexNumber2Label FlexNumber2Label|
deviceCustomDate1 DeviceCustomDate1|deviceCustomDate1Label DeviceCustomDate1Label|deviceCustomDate2 DeviceCustomDate2|deviceCustomDate2Label DeviceCustomDate2Label|
c6a1 DeviceCustomIPv6Address1|c6a1Label DeviceCustomIPv6Address1Label|c6a2 DeviceCustomIPv6Address2|c6a2Label DeviceCustomIPv6Address2Label|
c6a3 DeviceCustomIPv6Address3|c6a3Label DeviceCustomIPv6Address3Label|c6a4 DeviceCustomIPv6Address4|c6a4Label DeviceCustomIPv6Address4Label|
cfp1 DeviceCustomFloatingPoint1|cfp1Label DeviceCustomFloatingPoint1Label|cfp2 DeviceCustomFloatingPoint2|cfp2Label DeviceCustomFloatingPoint2Label|
cfp3 DeviceCustomFloatingPoint3|cfp3Label DeviceCustomFloatingPoint3Label|cfp4 DeviceCustomFloatingPoint4|cfp4Label DeviceCustomFloatingPoint4Label|
cn1 FieldDeviceCustomNumber1|cn1Label DeviceCustomNumber1Label|cn2 FieldDeviceCustomNumber2|cn2Label DeviceCustomNumber2Label|
cn3 FieldDeviceCustomNumber3|cn3Label DeviceCustomNumber3Label|cs1 DeviceCustomString1|cs1Label DeviceCustomString1Label|
cs2 DeviceCustomString2|cs2Label DeviceCustomString2Label|cs3 DeviceCustomString3|cs3Label DeviceCustomString3Label|cs4 DeviceCustomString4|
cs4Label DeviceCustomString4Label|cs5 DeviceCustomString5|cs5Label DeviceCustomString5Label|cs6 DeviceCustomString6|cs6Label DeviceCustomString6Label`

func cefColumns() []Column {
	var cols []Column
	for pair := range strings.SplitSeq(cefKeys, "|") {
		key, column, _ := strings.Cut(strings.TrimSpace(pair), " ")
		cols = append(cols, Column{column, "extension." + key, "", Documented, "The key " + key + " of the extension."})
		if n, ok := strings.CutPrefix(column, "FieldDevice"); ok { // the older column of the same number has 32 bits
			cols = append(cols, Column{"Device" + n, "extension." + key, "if a number", Documented, "The key " + key + " of the extension, when it fits into 32 bits."})
		}
	}
	return proven(cols, cefProven)
}

// isCEF reports whether a text begins as CEF does.
func isCEF(b []byte) bool {
	return len(b) > 6 && string(b[:4]) == "CEF:" && b[4]-'0' < 10 && b[5] == '|'
}

// cefIn returns where in a line CEF begins, -1 when it does not.
func cefIn(line []byte) int {
	head := line[:min(len(line), maxPrefix+6)]
	if n := bytes.IndexByte(head, '\n'); n >= 0 {
		head = head[:n]
	}
	for from := 0; ; {
		n := bytes.Index(head[from:], []byte("CEF:"))
		if n < 0 {
			return -1
		}
		if from += n; isCEF(head[from:]) && (from == 0 || bytes.IndexByte([]byte(" :>"), head[from-1]) >= 0) {
			return from
		}
		from += 4
	}
}

// readCEF gives the fields of a line.
func (w *worker) readCEF(f *textFields, line []byte) {
	at := cefIn(line)
	var h header
	if before := bytes.TrimRight(line[:at], " "); len(before) > 0 {
		// The word before CEF is a tag or the host; a blank ends it.
		if len(before) < at {
			before = line[:len(before)+1]
		} else {
			before = append(bytes.Clone(before), ' ')
		}
		var rest []byte
		h, rest = readHeader(before, w.msg.Received)
		w.giveHeader(f, &h)
		w.give(f, fieldMessage, bytes.TrimSpace(rest))
	} else {
		w.giveHeader(f, &h)
	}
	rest := line[at+len("CEF:"):]
	for i := fieldCEFVersion; i <= fieldDeviceSeverity; i++ {
		n := 0
		for n < len(rest) && rest[n] != '|' {
			if rest[n] == '\\' && n+1 < len(rest) {
				n++
			}
			n++
		}
		n = min(n, len(rest))
		w.give(f, i, unescapeCEF(rest[:n], false))
		rest = rest[min(n+1, len(rest)):]
	}
	x := f.nodes[fieldExtension]
	g := w.guess(x)
	prev := int32(0)
	w.others = w.others[:0]
	var times [3][]byte
	for key, value := range extensions(rest) {
		value = unescapeCEF(value, true)
		var kid *node
		if k := &g.keys[g.keys[prev].next]; g.keys[prev].next != 0 && k.raw == string(key) {
			kid, prev = k.kid, g.keys[prev].next
		} else {
			kid, prev = w.key(x, g, prev, key, false)
		}
		if kid == nil {
			if len(w.others) > 0 {
				w.others = append(w.others, ';')
			}
			if len(key) > 0 {
				w.others = append(append(w.others, key...), '=')
			}
			w.others = append(w.others, value...)
			continue
		}
		if len(value) > 0 {
			w.giveTo(x, kid, key, value)
		}
		switch kid {
		case f.rt:
			times[0] = value
		case f.end:
			times[1] = value
		case f.start:
			times[2] = value
		}
	}
	w.give(f, fieldRest, w.others)
	for _, t := range times {
		if ticks, ok := deviceTime(t, w.msg.Received); ok {
			w.give(f, fieldTime, isoText(ticks))
			return
		}
	}
	w.give(f, fieldTime, h.timestamp)
}

// extensions yields the keys and values of an extension. A value reaches to the
// last blank before the next key; text before the first key has none.
func extensions(b []byte) func(yield func(key, value []byte) bool) {
	return func(yield func(key, value []byte) bool) {
		var key []byte
		from := 0
		for i := 0; i < len(b); i++ {
			if b[i] == '\\' {
				i++
				continue
			}
			if b[i] != '=' {
				continue
			}
			start := i
			for start > from && isKey(b[start-1]) {
				start--
			}
			if start == i || start > 0 && b[start-1] != ' ' {
				continue
			}
			if value := bytes.TrimSpace(b[from:start]); key != nil || len(value) > 0 {
				if !yield(key, value) {
					return
				}
			}
			key, from = b[start:i], i+1
		}
		if value := bytes.TrimSpace(b[from:]); key != nil || len(value) > 0 {
			yield(key, value)
		}
	}
}

func isKey(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-' || c == '[' || c == ']'
}

// unescapeCEF replaces the escapes of CEF; a backslash before any other
// character stays, as senders who do not escape mean it.
func unescapeCEF(v []byte, extension bool) []byte {
	if bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) {
			switch c := v[i+1]; {
			case c == '\\', c == '|' && !extension, c == '=' && extension:
				out = append(out, c)
				i++
				continue
			case c == 'n' && extension:
				out = append(out, '\n')
				i++
				continue
			case c == 'r' && extension:
				out = append(out, '\r')
				i++
				continue
			}
		}
		out = append(out, v[i])
	}
	return out
}

// deviceTime reads a time as CEF has it: milliseconds since 1970, a month's name
// with day, perhaps a year, and time of day, or any other form we know.
func deviceTime(v []byte, received int64) (int64, bool) {
	if len(v) == 0 {
		return 0, false
	}
	if t, f := parseTime(v); f != never {
		return t, true
	}
	t, n := bsdTime(v, received)
	if n == 0 {
		return 0, false
	}
	offset, ok := zone(v[n:])
	return t - offset, ok
}
