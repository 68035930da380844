package mapping

// A Kind is what the dictionary of CEF says a key holds.
type Kind uint8

const (
	OfText Kind = iota
	OfInt
	OfFloat
	OfIPv4
	OfIPv6
	OfMAC
	OfTime
)

// A Key is one key of CEF's dictionary.
type Key struct {
	Kind Kind
	Max  int // characters of a text; 0 is no bound
}

// dictionary is CEF's, version 0 with what its later revisions add. Addresses that it calls IPv4 are that: version 6
// has keys of its own.
var dictionary = func() map[string]Key {
	d := map[string]Key{}
	add := func(k Key, names ...string) {
		for _, n := range names {
			d[n] = k
		}
	}
	add(Key{OfText, 31}, "app", "proto")
	add(Key{OfText, 40}, "deviceTranslatedZoneExternalID", "externalId")
	add(Key{OfText, 63}, "act", "outcome")
	add(Key{OfText, 100}, "dvchost")
	add(Key{OfText, 128}, "deviceInboundInterface", "deviceOutboundInterface", "devicePayloadId", "flexDate1Label", "flexNumber1Label", "flexNumber2Label", "flexString1Label", "flexString2Label")
	add(Key{OfText, 255}, "destinationDnsDomain", "deviceDnsDomain", "deviceExternalId", "deviceNtDomain", "dntdom", "dtz", "fileHash", "oldFileHash", "sntdom", "sourceDnsDomain")
	add(Key{OfText, 1023}, "cat", "destinationServiceName", "deviceFacility", "deviceProcessName", "dhost", "dpriv", "dproc", "duid", "duser", "fileId", "filePath", "filePermission", "fileType", "fname",
		"flexString1", "flexString2", "msg", "oldFileId", "oldFileName", "oldFilePath", "oldFilePermission", "oldFileType", "reason", "request", "requestClientApplication", "requestCookies",
		"requestMethod", "shost", "sourceServiceName", "spriv", "sproc", "suid", "suser")
	add(Key{OfText, 2048}, "requestContext")
	add(Key{OfInt, 0}, "cnt", "deviceDirection", "dpid", "dvcpid", "fsize", "in", "oldFileSize", "out", "spid", "type", "flexNumber1", "flexNumber2", "cn1", "cn2", "cn3",
		"destinationTranslatedPort", "dpt", "sourceTranslatedPort", "spt")
	add(Key{OfFloat, 0}, "cfp1", "cfp2", "cfp3", "cfp4", "slat", "slong", "dlat", "dlong")
	add(Key{OfIPv4, 0}, "dvc", "src", "dst", "destinationTranslatedAddress", "deviceTranslatedAddress", "sourceTranslatedAddress")
	add(Key{OfIPv6, 0}, "c6a1", "c6a2", "c6a3", "c6a4")
	add(Key{OfMAC, 0}, "dmac", "dvcmac", "smac")
	add(Key{OfTime, 0}, "rt", "start", "end", "deviceCustomDate1", "deviceCustomDate2", "fileCreateTime", "fileModificationTime", "oldFileCreateTime", "oldFileModificationTime", "flexDate1")
	for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
		d["cs"+n] = Key{OfText, 4000}
		for _, prefix := range []string{"cs", "cn", "cfp", "c6a", "deviceCustomDate"} {
			if _, there := d[prefix+n]; there {
				d[prefix+n+"Label"] = Key{OfText, 1023}
			}
		}
	}
	return d
}()

// KeyOf finds a key in CEF's dictionary.
func KeyOf(name string) (k Key, known bool) {
	k, known = dictionary[name]
	return k, known
}
