package syntax

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeLiteral returns the value of a token that is a literal other than a string. negative is
// set when a minus sign that belongs to the literal stands before it.
func decodeLiteral(t Token, negative bool) (*Literal, error) {
	lit := &Literal{Loc: Loc{t.At}}
	body, typed := t.Text, false
	if i := strings.IndexByte(t.Text, '('); i >= 0 {
		body, typed = strings.TrimSpace(strings.TrimSuffix(t.Text[i+1:], ")")), true
		if n := len(body); n >= 2 && (body[0] == '"' || body[0] == '\'') && body[n-1] == body[0] {
			body = strings.TrimSpace(body[1 : n-1])
		}
	}
	lit.Null = typed && body == "null"
	if negative {
		body = "-" + body
	}
	var err error
	switch t.Kind {
	case TokBool:
		lit.Kind = LitBool
		lit.Int, err = decodeBool(body)
	case TokInt:
		lit.Kind = LitInt
		lit.Int, err = decodeInteger(body, 32)
	case TokLong:
		lit.Kind = LitLong
		lit.Int, err = decodeInteger(body, 64)
	case TokReal:
		lit.Kind = LitReal
		lit.Real, err = decodeReal(body)
	case TokDecimal:
		lit.Kind = LitDecimal
		lit.Text, err = decodeDecimal(body)
	case TokDatetime:
		lit.Kind = LitDatetime
		lit.Int, err = decodeDatetime(body)
	case TokTimespan:
		lit.Kind = LitTimespan
		lit.Int, err = decodeTimespan(body)
	case TokGuid:
		lit.Kind = LitGuid
		lit.Text, err = decodeGuid(body)
	}
	if lit.Null {
		return &Literal{Loc: lit.Loc, Kind: lit.Kind, Null: true}, nil
	}
	return lit, err
}

var (
	errRange = errors.New("out of range")
	errForm  = errors.New("malformed")
)

func decodeBool(s string) (int64, error) {
	switch strings.ToLower(s) {
	case "true":
		return 1, nil
	case "false":
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, errForm
	}
	if n != 0 {
		n = 1
	}
	return n, nil
}

func decodeInteger(s string, bits int) (int64, error) {
	base, digits, sign := 10, s, ""
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		sign, digits = digits[:1], digits[1:]
	}
	if len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' {
		// The hexadecimal form gives all the bits: 0xFFFFFFFFFFFFFFFF is -1.
		n, err := strconv.ParseUint(digits[2:], 16, bits)
		if err != nil {
			return 0, numberError(err)
		}
		v := int64(n)
		if bits == 32 {
			v = int64(int32(n))
		}
		if sign == "-" {
			v = -v
		}
		return v, nil
	}
	if digits == "" || !isDigit(digits[0]) {
		return 0, errForm
	}
	n, err := strconv.ParseInt(sign+digits, base, bits)
	return n, numberError(err)
}

func numberError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strconv.ErrRange):
		return errRange
	}
	return errForm
}

func decodeReal(s string) (float64, error) {
	switch strings.ToLower(s) {
	case "nan":
		return math.NaN(), nil
	case "inf", "+inf":
		return math.Inf(1), nil
	case "-inf":
		return math.Inf(-1), nil
	}
	if !decimalShape(s) {
		return 0, errForm
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, numberError(err)
}

func decodeDecimal(s string) (string, error) {
	if !decimalShape(s) {
		return "", errForm
	}
	return s, nil
}

// decimalShape says whether s is digits with at most one point, a sign and an exponent.
func decimalShape(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(s), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !allDigits(whole) || !allDigits(fraction) {
		return false
	}
	if hasExponent && exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
		exponent = exponent[1:]
	}
	return !hasExponent || exponent != "" && allDigits(exponent)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// guidShape says whether s is 8-4-4-4-12 hexadecimal digits.
func guidShape(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if !isHex(s[i]) {
				return false
			}
		}
	}
	return true
}

func decodeGuid(s string) (string, error) {
	if n := len(s); n > 2 && (s[0] == '{' && s[n-1] == '}') {
		s = s[1 : n-1]
	}
	if len(s) == 32 && !strings.Contains(s, "-") {
		s = s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
	}
	if !guidShape(s) {
		return "", errForm
	}
	return strings.ToLower(s), nil
}

// Ticks of 100 ns, the unit of datetime and timespan.
const (
	ticksMicrosecond = 10
	ticksMillisecond = 1000 * ticksMicrosecond
	ticksSecond      = 1000 * ticksMillisecond
	ticksMinute      = 60 * ticksSecond
	ticksHour        = 60 * ticksMinute
	ticksDay         = 24 * ticksHour
)

// A timespanUnit is num/den ticks.
type timespanUnit struct{ num, den int64 }

// timespanUnits are the suffixes of timespan literals.
var timespanUnits = func() map[string]timespanUnit {
	m := map[string]timespanUnit{}
	add := func(num, den int64, names string) {
		for _, n := range strings.Fields(names) {
			m[n] = timespanUnit{num, den}
		}
	}
	add(ticksDay, 1, "d day days")
	add(ticksHour, 1, "h hr hrs hour hours")
	add(ticksMinute, 1, "m min minute minutes")
	add(ticksSecond, 1, "s sec second seconds")
	add(ticksMillisecond, 1, "ms milli millis millisec millisecond milliseconds")
	add(ticksMicrosecond, 1, "micro micros microsec microsecond microseconds")
	add(1, 100, "nano nanos nanosec nanosecond nanoseconds")
	add(1, 1, "tick ticks")
	return m
}()

// decodeTimespan reads `1.5h`, `15 seconds`, `[d.]hh:mm[:ss[.fffffff]]`, and days alone.
func decodeTimespan(s string) (int64, error) {
	sign := int64(1)
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = strings.TrimSpace(s[1:])
	}
	if s == "" || !isDigit(s[0]) {
		return 0, errForm
	}
	ticks := new(big.Rat)
	if !strings.Contains(s, ":") {
		i := 0
		for i < len(s) && (isDigit(s[i]) || s[i] == '.') {
			i++
		}
		name := strings.TrimSpace(s[i:])
		unit, ok := timespanUnits[name]
		if name == "" {
			unit, ok = timespanUnits["d"], allDigits(s)
		}
		if !ok || !decimalShape(s[:i]) {
			return 0, errForm
		}
		if _, ok := ticks.SetString(s[:i]); !ok {
			return 0, errForm
		}
		ticks.Mul(ticks, big.NewRat(unit.num, unit.den))
	} else if err := clock(ticks, s); err != nil {
		return 0, err
	}
	whole := new(big.Int).Quo(ticks.Num(), ticks.Denom())
	whole.Mul(whole, big.NewInt(sign))
	if !whole.IsInt64() {
		return 0, errRange
	}
	return whole.Int64(), nil
}

// clock sets ticks to `[d.]hh:mm[:ss[.fffffff]]`.
func clock(ticks *big.Rat, s string) error {
	days := int64(0)
	if day, rest, ok := strings.Cut(s, "."); ok && strings.Contains(rest, ":") {
		n, err := strconv.ParseInt(day, 10, 64)
		if err != nil || n > math.MaxInt64/ticksDay {
			return numberRange(day)
		}
		days, s = n, rest
	}
	n, err := timeOfDay(s)
	if err != nil {
		return err
	}
	ticks.SetInt(new(big.Int).Add(new(big.Int).Mul(big.NewInt(days), big.NewInt(ticksDay)), big.NewInt(n)))
	return nil
}

func numberRange(s string) error {
	if s != "" && allDigits(s) {
		return errRange
	}
	return errForm
}

// timeOfDay reads `hh:mm[:ss[.fffffff]]`; digits behind the seventh are cut.
func timeOfDay(s string) (int64, error) {
	parts := strings.Split(s, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, errForm
	}
	fraction := ""
	if len(parts) == 3 {
		var point bool
		parts[2], fraction, point = strings.Cut(parts[2], ".")
		if point && (fraction == "" || !allDigits(fraction)) {
			return 0, errForm
		}
	}
	limits := [...]int64{24, 60, 60}
	units := [...]int64{ticksHour, ticksMinute, ticksSecond}
	ticks := int64(0)
	for i, p := range parts {
		if p == "" || len(p) > 2 || !allDigits(p) {
			return 0, errForm
		}
		n, _ := strconv.ParseInt(p, 10, 64)
		if n >= limits[i] {
			return 0, errRange
		}
		ticks += n * units[i]
	}
	fraction = (fraction + "0000000")[:7]
	n, _ := strconv.ParseInt(fraction, 10, 64)
	return ticks + n, nil
}

// decodeString returns the value of a string token, and whether it is hidden.
func decodeString(text string) (value string, hidden bool) {
	if text != "" && text[0]|0x20 == 'h' {
		text, hidden = text[1:], true
	}
	switch {
	case strings.HasPrefix(text, "```"), strings.HasPrefix(text, "~~~"):
		return strings.TrimSuffix(text[3:], text[:3]), hidden
	case strings.HasPrefix(text, "@"):
		quote := text[1:2]
		return strings.ReplaceAll(strings.TrimSuffix(text[2:], quote), quote+quote, quote), hidden
	}
	body := strings.TrimSuffix(text[1:], text[:1])
	if !strings.Contains(body, `\`) {
		return body, hidden
	}
	var b strings.Builder
	for i := 0; i < len(body); {
		n := 0
		if body[i] == '\\' {
			n = escapeLen(body[i:])
		}
		if n == 0 {
			b.WriteByte(body[i])
			i++
			continue
		}
		r := unescape(body[i : i+n])
		i += n
		// Two \u escapes may be the halves of one code point.
		if utf16.IsSurrogate(r) && strings.HasPrefix(body[i:], `\u`) {
			if m := escapeLen(body[i:]); m > 0 {
				if full := utf16.DecodeRune(r, unescape(body[i:i+m])); full != utf8.RuneError {
					r, i = full, i+m
				}
			}
		}
		b.WriteRune(r)
	}
	return b.String(), hidden
}

// escapeLen returns the length of the escape at the start of s, which is a backslash, or 0 when
// it is none.
func escapeLen(s string) int {
	if len(s) < 2 {
		return 0
	}
	hex := func(n int) int {
		if len(s) < 2+n {
			return 0
		}
		for i := range n {
			if !isHex(s[2+i]) {
				return 0
			}
		}
		return 2 + n
	}
	octal := func(c byte) bool { return c >= '0' && c <= '7' }
	switch c := s[1]; c {
	case '\\', '\'', '"', 'a', 'b', 'f', 'n', 'r', 't', 'v':
		return 2
	case 'x':
		return hex(2)
	case 'u':
		return hex(4)
	case 'U':
		return hex(8)
	default:
		n := 1
		for n < 4 && n < len(s) && octal(s[n]) {
			n++
		}
		if n == 4 && c > '3' {
			n = 3
		}
		if n == 1 {
			return 0
		}
		return n
	}
}

// unescape returns what an escape stands for.
func unescape(s string) rune {
	if i := strings.IndexByte("abfnrtv", s[1]); i >= 0 {
		return rune("\a\b\f\n\r\t\v"[i])
	}
	base, digits := 16, s[2:]
	switch s[1] {
	case '\\', '\'', '"':
		return rune(s[1])
	case 'x', 'u', 'U':
	default:
		base, digits = 8, s[1:]
	}
	n, err := strconv.ParseUint(digits, base, 31)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}
