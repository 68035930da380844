package native

import (
	"bytes"
	"math"
	"math/big"
	"strconv"
)

// appendReal writes a real as tostring() does: the shortest digits that give the
// number back, at least one of them behind the point, an exponent from 1e15 on and below 1e-4.
func appendReal(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if a := math.Abs(f); a != 0 && (a >= 1e15 || a < 1e-4) {
		return strconv.AppendFloat(dst, f, 'E', -1, 64)
	}
	at := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[at:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// parseLong reads a decimal or 0x number of 64 bits.
func parseLong(s []byte) (int64, bool) {
	s = trim(s)
	negative := false
	digits := s
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		negative = digits[0] == '-'
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 20 {
		return 0, false
	}
	if len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' {
		u, err := strconv.ParseUint(string(digits[2:]), 16, 64)
		if err != nil {
			return 0, false
		}
		if negative {
			return -int64(u), true
		}
		return int64(u), true
	}
	var u uint64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		if u > (math.MaxUint64-9)/10 {
			return 0, false
		}
		u = u*10 + uint64(c-'0')
	}
	if negative {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u < 1<<63
}

// parseReal reads a number.
func parseReal(s []byte) (float64, bool) {
	s = trim(s)
	if len(s) == 0 {
		return 0, false
	}
	for _, c := range s {
		if c == '_' || c == 'x' || c == 'X' || c == 'p' || c == 'P' {
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(string(s), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// realToLong cuts the fraction; what does not fit is null.
func realToLong(f float64) (int64, bool) {
	if math.IsNaN(f) || f >= 1<<63 || f < -1<<63 {
		return 0, false
	}
	return int64(f), true
}

// Decimals are 128-bit integers of 10^-18.
var (
	decimalOne = new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil)
	decimalMax = new(big.Int).Exp(big.NewInt(10), big.NewInt(38), nil)
	two64      = new(big.Int).Lsh(big.NewInt(1), 64)
)

func decimalBig(v *Value) *big.Int {
	b := new(big.Int).SetInt64(int64(v.Hi))
	return b.Mul(b, two64).Add(b, new(big.Int).SetUint64(v.Lo))
}

func setDecimal(b *big.Int, out *Value) {
	if new(big.Int).Abs(b).Cmp(decimalMax) >= 0 {
		out.Null = true
		return
	}
	lo := new(big.Int)
	hi := new(big.Int)
	hi.DivMod(b, two64, lo)
	out.Lo, out.Hi = lo.Uint64(), uint64(hi.Int64())
}

// appendDecimal writes a decimal without the zeros at its end.
func appendDecimal(dst []byte, v *Value) []byte {
	b := decimalBig(v)
	if b.Sign() < 0 {
		dst = append(dst, '-')
		b.Neg(b)
	}
	whole, part := new(big.Int).DivMod(b, decimalOne, new(big.Int))
	dst = whole.Append(dst, 10)
	if part.Sign() == 0 {
		return dst
	}
	digits := part.Append(nil, 10)
	dst = append(dst, '.')
	for range 18 - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, bytes.TrimRight(digits, "0")...)
}

// parseDecimal reads a number, rounding what is finer than 10^-18.
func parseDecimal(s []byte, out *Value) {
	s = trim(s)
	if len(s) == 0 || len(s) > 100 || bytes.ContainsAny(s, "_xXpP/nNiI") {
		out.Null = true
		return
	}
	if i := bytes.IndexAny(s, "eE"); i >= 0 {
		if e, err := strconv.Atoi(string(s[i+1:])); err != nil || e > 40 || e < -60 {
			out.Null = true
			return
		}
	}
	r, ok := new(big.Rat).SetString(string(s))
	if !ok {
		out.Null = true
		return
	}
	r.Mul(r, new(big.Rat).SetInt(decimalOne))
	num := new(big.Int).Mul(r.Num(), big.NewInt(2))
	num.Add(num, r.Denom())
	setDecimal(num.Div(num, new(big.Int).Mul(r.Denom(), big.NewInt(2))), out)
}

// parseGuid reads a guid with or without hyphens and braces.
func parseGuid(s []byte, out *Value) bool {
	s = trim(s)
	if len(s) == 38 && (s[0] == '{' && s[37] == '}' || s[0] == '(' && s[37] == ')') {
		s = s[1:37]
	}
	if len(s) != 36 && len(s) != 32 {
		return false
	}
	var w [2]uint64
	n := 0
	for i, c := range s {
		if len(s) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			if c != '-' {
				return false
			}
			continue
		}
		d, ok := hexDigit(c)
		if !ok || n == 32 {
			return false
		}
		w[n>>4] = w[n>>4]<<4 | uint64(d)
		n++
	}
	out.Hi, out.Lo = w[0], w[1]
	return n == 32
}

func appendGuid(dst []byte, v *Value) []byte {
	for i := range 32 {
		if i == 8 || i == 12 || i == 16 || i == 20 {
			dst = append(dst, '-')
		}
		w := v.Hi
		if i >= 16 {
			w = v.Lo
		}
		dst = append(dst, hexDigits[w>>(60-4*(i&15))&15])
	}
	return dst
}
