package decode

import (
	"bytes"

	"lazuli.dev/lazuli/kql/types"
)

// A step computes a column from fields of the record.
type step struct {
	doc   string
	run   func(w *worker, t *target, slots []int) fit
	whole bool // it takes all of the fields' values, so they are not unmapped
}

// steps are the named steps of the column How. The first slot that has a value
// is what most of them work on.
var steps map[string]step

func init() {
	steps = map[string]step{
		"lower": {
			doc:   "The text in lower case.",
			whole: true,
			run: func(w *worker, t *target, slots []int) fit {
				return w.derive(t, slots, w.lower)
			},
		},
		"subscription": {
			doc: "The subscription in a resource id.",
			run: func(w *worker, t *target, slots []int) fit { return w.derive(t, slots, segment("/subscriptions/")) },
		},
		"resource group": {
			doc: "The resource group in a resource id.",
			run: func(w *worker, t *target, slots []int) fit { return w.derive(t, slots, segment("/resourcegroups/")) },
		},
		"resource provider": {
			doc: "The namespace of the last provider in a resource id.",
			run: func(w *worker, t *target, slots []int) fit {
				return w.derive(t, slots, func(id []byte) []byte {
					space, _ := providerOf(id)
					return space
				})
			},
		},
		"resource type": {
			doc: "The kinds of resource after the last provider in a resource id, as in VAULTS or SERVERS/DATABASES.",
			run: func(w *worker, t *target, slots []int) fit {
				return w.derive(t, slots, func(id []byte) []byte {
					_, rest := providerOf(id)
					return kindsOf(nil, rest)
				})
			},
		},
		"PROVIDER": {
			doc: "The namespace of the last provider in a resource id, in capitals.",
			run: func(w *worker, t *target, slots []int) fit {
				return w.derive(t, slots, func(id []byte) []byte {
					space, _ := providerOf(id)
					return bytes.ToUpper(space)
				})
			},
		},
		"TYPE": {
			doc: "The kinds of resource after the last provider in a resource id, in capitals.",
			run: func(w *worker, t *target, slots []int) fit {
				return w.derive(t, slots, func(id []byte) []byte {
					_, rest := providerOf(id)
					return bytes.ToUpper(kindsOf(nil, rest))
				})
			},
		},
		"NAME": {
			doc: "The last segment of a resource id, in capitals.",
			run: func(w *worker, t *target, slots []int) fit {
				return w.derive(t, slots, func(id []byte) []byte { return bytes.ToUpper(lastSegment(id)) })
			},
		},
		"GROUP": {
			doc: "The resource group in a resource id, in capitals.",
			run: func(w *worker, t *target, slots []int) fit {
				return w.derive(t, slots, func(id []byte) []byte { return bytes.ToUpper(segment("/resourcegroups/")(id)) })
			},
		},
		"nsg": {
			doc: "subscription/group/name of a network security group, from its resource id, in lower case.",
			run: func(w *worker, t *target, slots []int) fit { return w.derive(t, slots, nsgName) },
		},
		"resource name": {
			doc: "The last segment of a resource id.",
			run: func(w *worker, t *target, slots []int) fit {
				return w.derive(t, slots, lastSegment)
			},
		},
		"after the dot": {
			doc: "What follows the first dot, as in Succeeded.Created; a text without a dot as it is.",
			run: func(w *worker, t *target, slots []int) fit {
				return w.derive(t, slots, func(v []byte) []byte {
					if _, after, ok := bytes.Cut(v, []byte{'.'}); ok {
						return after
					}
					return v
				})
			},
		},
		"unless old": {
			doc: "The first field, unless it is one of the old words Write, Delete and Action, whose records are Administrative; the second field comes before it then.",
			run: func(w *worker, t *target, slots []int) fit {
				old := false
				f := w.derive(t, slots[:1], func(v []byte) []byte {
					old = equalFold(v, "write") || equalFold(v, "delete") || equalFold(v, "action")
					if old {
						return nil
					}
					return v
				})
				if !old {
					return f
				}
				if w.derive(t, slots[1:], func(v []byte) []byte { return v }); !w.isSet(t) {
					w.putText(t, []byte("Administrative"))
				}
				return fits
			},
		},
		"caller": {
			doc: "Who did it: the claim upn, else the name or e-mail claim, else the application's id, else the principal of the role assignment.",
			run: func(w *worker, t *target, slots []int) fit {
				return w.derive(t, slots, func(v []byte) []byte { return v })
			},
		},
		"json text": {
			doc:   "A text that holds JSON, as JSON; any other value as it is.",
			whole: true,
			run:   parseJSON,
		},
	}
	textSteps(steps)
	windowsSteps(steps)
	telemetrySteps(steps)
}

// first takes the first field that has a value. A later one that says
// something else is unmapped.
func first(w *worker, t *target, slots []int) fit {
	var won []byte
	for _, s := range slots {
		v := w.slot(s)
		if empty(v) {
			continue
		}
		if won != nil {
			if !w.plan.held[s] && !bytes.Equal(w.plain(v), w.plain(won)) {
				w.leftover(w.slotName(s), s)
			}
			continue
		}
		won = v
		if f := w.put(t, int(w.slots[s].start), int(w.slots[s].end), true); f != fits {
			w.misfit(t, w.slotName(s), nil, v, f)
		}
	}
	return fits
}

// empty reports whether a value says nothing.
func empty(v []byte) bool { return len(v) == 0 || string(v) == `""` || string(v) == "null" }

// derive sets a column to what f makes of the text of the first field with a value.
func (w *worker) derive(t *target, slots []int, f func([]byte) []byte) fit {
	for _, s := range slots {
		if v := w.slot(s); !empty(v) {
			if out := f(w.plain(v)); len(out) > 0 {
				w.putText(t, out)
			}
			return fits
		}
	}
	return fits
}

// lower returns a text in lower case, valid until the record ends. Resource
// ids are ASCII; other letters stay.
func (w *worker) lower(v []byte) []byte {
	at := len(w.arena)
	w.arena = append(w.arena, v...)
	low := w.arena[at:]
	for i, c := range low {
		if c >= 'A' && c <= 'Z' {
			low[i] = c + 32
		}
	}
	return low
}

func parseJSON(w *worker, t *target, slots []int) fit {
	v := w.slot(slots[0])
	if empty(v) {
		return fits
	}
	if v[0] == '"' && t.typ == types.Dynamic {
		in := scanner{b: bytes.TrimSpace(w.plain(v))}
		if e := in.value(0); e == len(in.b) {
			w.bl.SetText(t.col, in.b)
			return fits
		}
	}
	return w.put(t, int(w.slots[slots[0]].start), int(w.slots[slots[0]].end), true)
}

// segment returns a function that finds what stands after a key in a resource id.
func segment(key string) func([]byte) []byte {
	return func(id []byte) []byte {
		i := indexFold(id, key)
		if i < 0 {
			return nil
		}
		id = id[i+len(key):]
		if j := bytes.IndexByte(id, '/'); j >= 0 {
			id = id[:j]
		}
		return id
	}
}

func lastSegment(id []byte) []byte {
	id = bytes.TrimRight(id, "/")
	return id[bytes.LastIndexByte(id, '/')+1:]
}

// nsgName is how Traffic Analytics names a network security group; nil when
// the id is not that of one.
func nsgName(id []byte) []byte {
	_, rest := providerOf(id)
	if indexFold(rest, "networksecuritygroups/") != 0 {
		return nil
	}
	parts := [][]byte{segment("/subscriptions/")(id), segment("/resourcegroups/")(id), lastSegment(id)}
	return bytes.ToLower(bytes.Join(parts, []byte{'/'}))
}

// indexFold finds a key, which is in lower case, in any case.
func indexFold(b []byte, key string) int {
	for i := 0; i+len(key) <= len(b); i++ {
		if equalFold(b[i:i+len(key)], key) {
			return i
		}
	}
	return -1
}

// equalFold compares with a text in lower case, minding ASCII letters only.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 32
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// providerOf splits what follows the last /providers/ of a resource id into
// the namespace and the rest.
func providerOf(id []byte) (space, rest []byte) {
	const key = "/providers/"
	for i := len(id) - len(key); i >= 0; i-- {
		if id[i] == '/' && equalFold(id[i:i+len(key)], key) {
			id = id[i+len(key):]
			if j := bytes.IndexByte(id, '/'); j >= 0 {
				return id[:j], id[j+1:]
			}
			return id, nil
		}
	}
	return nil, nil
}

// kindsOf appends every other segment of kind/name/kind/name to dst, with
// slashes between them.
func kindsOf(dst, rest []byte) []byte {
	for n := 0; len(rest) > 0; n++ {
		part, after, _ := bytes.Cut(rest, []byte{'/'})
		if n%2 == 0 && len(part) > 0 {
			if n > 0 {
				dst = append(dst, '/')
			}
			dst = append(dst, part...)
		}
		rest = after
	}
	return dst
}
