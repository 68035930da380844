package native

import (
	"bytes"
	"math"
	"unicode/utf8"

	"lazuli.dev/lazuli/kql/types"
)

// windowsArguments appends the arguments of a Windows command line as an array, by
// the rules of CommandLineToArgvW: 2n backslashes and a quote are n backslashes and
// a quote that opens or closes, 2n+1 are n backslashes and a quote as it is. The
// first argument, the program, knows no backslash.
func windowsArguments(dst, s []byte) []byte {
	dst = append(dst, '[')
	blank := func(c byte) bool { return c == ' ' || c == '\t' }
	var arg []byte
	i := 0
	emit := func() {
		dst = comma(dst)
		dst = Quote(dst, arg)
		arg = arg[:0]
	}
	for quoted := false; i < len(s) && (quoted || !blank(s[i])); i++ {
		if s[i] == '"' {
			quoted = !quoted
			continue
		}
		arg = append(arg, s[i])
	}
	emit()
	for {
		for i < len(s) && blank(s[i]) {
			i++
		}
		if i == len(s) {
			return append(dst, ']')
		}
		for quoted := false; i < len(s) && (quoted || !blank(s[i])); {
			n := 0
			for i < len(s) && s[i] == '\\' {
				n, i = n+1, i+1
			}
			if i == len(s) || s[i] != '"' {
				arg = append(arg, bytes.Repeat([]byte{'\\'}, n)...)
				if n == 0 {
					arg = append(arg, s[i])
					i++
				}
				continue
			}
			arg = append(arg, bytes.Repeat([]byte{'\\'}, n/2)...)
			switch {
			case n%2 == 1:
				arg = append(arg, '"')
			case quoted && i+1 < len(s) && s[i+1] == '"': // two quotes inside of quotes are one
				arg = append(arg, '"')
				i++
			default:
				quoted = !quoted
			}
			i++
		}
		emit()
	}
}

// Punycode, RFC 3492.
const (
	pBase, pMin, pMax   = 36, 1, 26
	pSkew, pDamp, pBias = 38, 700, 72
	pFirst              = 0x80
	punycodePrefix      = "xn--"
	punycodeDigits      = "abcdefghijklmnopqrstuvwxyz0123456789"
	maxPunycode         = 1 << 16 // the work grows with the square of the length
	ideographicStop     = '\u3002'
	halfwidthStop       = '\uff61'
)

func pAdapt(delta, count int, first bool) int {
	if first {
		delta /= pDamp
	} else {
		delta /= 2
	}
	delta += delta / count
	k := 0
	for ; delta > (pBase-pMin)*pMax/2; k += pBase {
		delta /= pBase - pMin
	}
	return k + (pBase-pMin+1)*delta/(delta+pSkew)
}

func pThreshold(k, bias int) int { return min(max(k-bias, pMin), pMax) }

// toPunycode encodes text, nil when it cannot be.
func toPunycode(text []byte) []byte {
	if len(text) > maxPunycode {
		return nil
	}
	runes := []rune(string(text))
	var out []byte
	for _, r := range runes {
		if r < pFirst {
			out = append(out, byte(r))
		}
	}
	done := len(out)
	basic := done
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(pFirst), 0, pBias
	for done < len(runes) {
		next := rune(utf8.MaxRune + 1)
		for _, r := range runes {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range runes {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := pBase; ; k += pBase {
				t := pThreshold(k, bias)
				if q < t {
					break
				}
				out = append(out, punycodeDigits[t+(q-t)%(pBase-t)])
				q = (q - t) / (pBase - t)
			}
			out = append(out, punycodeDigits[q])
			bias = pAdapt(delta, done+1, done == basic)
			delta = 0
			done++
		}
		delta++
		n++
	}
	return out
}

// fromPunycode decodes text, nil when it is no punycode.
func fromPunycode(text []byte) []byte {
	if len(text) > maxPunycode {
		return nil
	}
	var out []rune
	if i := bytes.LastIndexByte(text, '-'); i >= 0 {
		for _, c := range text[:i] {
			if c >= utf8.RuneSelf {
				return nil
			}
			out = append(out, rune(c))
		}
		text = text[i+1:]
	}
	n, at, bias := pFirst, 0, pBias
	for len(text) > 0 {
		old, w := at, 1
		for k := pBase; ; k += pBase {
			if len(text) == 0 {
				return nil
			}
			c := text[0]
			text = text[1:]
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			digit := bytes.IndexByte([]byte(punycodeDigits), c)
			if digit < 0 || digit > (math.MaxInt32-at)/w {
				return nil
			}
			at += digit * w
			t := pThreshold(k, bias)
			if digit < t {
				break
			}
			if w > math.MaxInt32/(pBase-t) {
				return nil
			}
			w *= pBase - t
		}
		bias = pAdapt(at-old, len(out)+1, old == 0)
		n += at / (len(out) + 1)
		at %= len(out) + 1
		if n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return nil
		}
		out = append(out[:at], append([]rune{rune(n)}, out[at:]...)...)
		at++
	}
	return []byte(string(out))
}

// labels converts the labels of a domain name one by one; nil when one cannot be.
func labels(domain []byte, convert func(label []byte) []byte) []byte {
	out := []byte{}
	for {
		label, rest := domain, []byte(nil)
		i := bytes.IndexFunc(domain, func(r rune) bool { return r == '.' || r == ideographicStop || r == halfwidthStop })
		if i >= 0 {
			_, size := utf8.DecodeRune(domain[i:])
			label, rest = domain[:i], domain[i+size:]
		}
		l := convert(label)
		if l == nil && len(label) > 0 {
			return nil
		}
		out = append(out, l...)
		if i < 0 {
			return out
		}
		out, domain = append(out, '.'), rest
	}
}

func punycode(name string, f func(text []byte) []byte) Func {
	return one(name, types.String, types.String, func(in, out *Value) {
		out.Bytes = f(in.Bytes)
		out.Null = out.Bytes == nil
	})
}

var shellFuncs = []Func{
	written("kql_parse_command_line", types.String, types.Dynamic, func(dst []byte, in *Value) []byte { return windowsArguments(dst, in.Bytes) }),
	punycode("kql_punycode_from_string", toPunycode),
	punycode("kql_punycode_to_string", fromPunycode),
	punycode("kql_punycode_domain_from_string", func(text []byte) []byte {
		return labels(text, func(label []byte) []byte {
			if rest, ok := bytes.CutPrefix(label, []byte(punycodePrefix)); ok {
				return fromPunycode(rest)
			}
			return label
		})
	}),
	punycode("kql_punycode_domain_to_string", func(text []byte) []byte {
		return labels(text, func(label []byte) []byte {
			for _, c := range label {
				if c >= utf8.RuneSelf {
					return append([]byte(punycodePrefix), toPunycode(label)...)
				}
			}
			return label
		})
	}),
}
