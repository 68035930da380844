package syntax

import (
	"strings"
	"unicode/utf8"
)

// Tokens divides text into tokens, for highlighters. Blanks and comments are left out, the last
// token is TokEOF, and no text is refused: what KQL has no use for is a TokBad.
func Tokens(text string) []Token {
	tokens, _ := scan(text)
	return tokens
}

// scan divides text into tokens and reports what is wrong inside of them.
func scan(text string) ([]Token, []*Error) {
	l := lexer{text: text, tokens: make([]Token, 0, len(text)/5+2)}
	for l.next() {
	}
	return l.tokens, l.errors
}

type lexer struct {
	text   string
	pos    int
	tokens []Token
	errors []*Error
}

func (l *lexer) emit(kind TokenKind, end int) {
	l.tokens = append(l.tokens, Token{kind, Span{l.pos, end}, l.text[l.pos:end]})
	l.pos = end
}

func (l *lexer) fail(start, end int, msg string) {
	l.errors = append(l.errors, &Error{Span{start, end}, msg})
}

// at returns the byte at i, or 0 behind the end.
func (l *lexer) at(i int) byte {
	if i < len(l.text) {
		return l.text[i]
	}
	return 0
}

// next scans one token; it returns false after TokEOF.
func (l *lexer) next() bool {
	l.blanks()
	c := l.at(l.pos)
	switch {
	case l.pos >= len(l.text):
		l.emit(TokEOF, l.pos)
		return false
	case isDigit(c):
		l.number()
	case (c == 'h' || c == 'H') && l.stringStart(l.pos+1):
		l.str(l.pos + 1)
	case l.stringStart(l.pos):
		l.str(l.pos)
	case isWordStart(c):
		l.word()
	default:
		l.punctuation(c)
	}
	return true
}

// blanks skips white space and comments.
func (l *lexer) blanks() {
	for l.pos < len(l.text) {
		switch c := l.text[l.pos]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			l.pos++
		case c == '/' && l.at(l.pos+1) == '/':
			end := strings.IndexAny(l.text[l.pos:], "\r\n")
			if end < 0 {
				l.pos = len(l.text)
				return
			}
			l.pos += end
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(l.text[l.pos:])
			if !isBlank(r) {
				return
			}
			l.pos += size
		default:
			return
		}
	}
}

// isBlank says whether Kusto takes r, which is not ASCII, as white space. Unlike
// unicode.IsSpace it includes the zero width space and the byte order mark, which copying from
// web pages leaves behind.
func isBlank(r rune) bool {
	switch {
	case r >= '\u2000' && r <= '\u200b':
		return true
	}
	switch r {
	case '\u0085', '\u00a0', '\u1680', '\u180e', '\u2028', '\u2029', '\u202f', '\u205f', '\u3000', '\ufeff':
		return true
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

func isWordStart(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$' }

func isWordByte(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || isDigit(c) }

// digits returns the end of the digits that start at i.
func (l *lexer) digits(i int) int {
	for isDigit(l.at(i)) {
		i++
	}
	return i
}

// number scans what starts with a digit: a GUID without quotes, a real, a timespan, a long, or
// a name.
func (l *lexer) number() {
	if l.rawGuid() {
		return
	}
	whole := l.digits(l.pos)
	if end := l.real(whole); end > 0 {
		l.emit(TokReal, end)
		return
	}
	number := whole
	if l.at(whole) == '.' && isDigit(l.at(whole+1)) {
		number = l.digits(whole + 1)
	}
	suffix := number
	for isWordByte(l.at(suffix)) {
		suffix++
	}
	if _, ok := timespanUnits[l.text[number:suffix]]; ok {
		l.emit(TokTimespan, suffix)
		return
	}
	end := whole
	if l.at(l.pos) == '0' && l.at(l.pos+1)|0x20 == 'x' && isHex(l.at(l.pos+2)) {
		end = l.pos + 2
		for isHex(l.at(end)) {
			end++
		}
	}
	if !isWordByte(l.at(end)) {
		l.emit(TokLong, end)
		return
	}
	for isWordByte(l.at(end)) {
		end++
	}
	l.emit(TokWord, end)
}

// real returns the end of the real number whose first digits end at whole, or 0. `1.` is a
// real, the 1 of the range `1..2` is not.
func (l *lexer) real(whole int) int {
	end, fraction := whole, false
	if l.at(whole) == '.' && (l.at(whole+1) != '.' || l.at(whole+2) == '.') {
		end, fraction = l.digits(whole+1), true
	}
	exponent := false
	if l.at(end)|0x20 == 'e' {
		i := end + 1
		if l.at(i) == '+' || l.at(i) == '-' {
			i++
		}
		if isDigit(l.at(i)) {
			end, exponent = l.digits(i), true
		}
	}
	if !fraction && !exponent || isWordByte(l.at(end)) {
		return 0
	}
	return end
}

// rawGuid scans a GUID that stands outside of guid(...).
func (l *lexer) rawGuid() bool {
	const length = 36
	if len(l.text)-l.pos < length || !guidShape(l.text[l.pos:l.pos+length]) {
		return false
	}
	l.emit(TokRawGuid, l.pos+length)
	return true
}

// typedLiterals are the names that make a literal of what follows in parentheses.
var typedLiterals = map[string]TokenKind{
	"bool": TokBool, "date": TokDatetime, "datetime": TokDatetime, "decimal": TokDecimal, "double": TokReal,
	"guid": TokGuid, "int": TokInt, "int32": TokInt, "int64": TokLong, "long": TokLong, "real": TokReal,
	"time": TokTimespan, "timespan": TokTimespan,
}

// word scans a name or keyword, or a literal that starts like one.
func (l *lexer) word() {
	if isHex(l.at(l.pos)) && l.rawGuid() {
		return
	}
	end := l.pos + 1
	for isWordByte(l.at(end)) {
		end++
	}
	word := l.text[l.pos:end]
	if l.at(end) == '(' {
		if kind, ok := typedLiterals[word]; ok {
			if i := strings.IndexByte(l.text[end:], ')'); i >= 0 {
				l.emit(kind, end+i+1)
				return
			}
			l.fail(end, end+1, `this "(" has no ")"`)
			l.emit(kind, len(l.text))
			return
		}
	}
	switch word {
	case "true", "True", "TRUE", "false", "False", "FALSE":
		l.emit(TokBool, end)
		return
	case "in":
		if l.at(end) == '~' {
			end++
		}
	default:
		if l.at(end) == '-' {
			end = l.dashed(word, end)
		}
	}
	l.emit(TokWord, end)
}

// dashed returns the end of the longest keyword with dashes that starts with word, which ends
// at end, or end when there is none.
func (l *lexer) dashed(word string, end int) int {
	best := end
	for _, rest := range dashedKeywords[word] {
		if i := end + len(rest); i > best && strings.HasPrefix(l.text[end:], rest) && !isWordByte(l.at(i)) {
			best = i
		}
	}
	return best
}

// stringStart says whether a string starts at i.
func (l *lexer) stringStart(i int) bool {
	switch l.at(i) {
	case '\'', '"':
		return true
	case '@':
		return l.at(i+1) == '\'' || l.at(i+1) == '"'
	case '`', '~':
		return l.fence(i) != ""
	}
	return false
}

// fence returns the delimiter of the multi-line string that starts at i, or "".
func (l *lexer) fence(i int) string {
	if rest := l.text[i:]; strings.HasPrefix(rest, "```") || strings.HasPrefix(rest, "~~~") {
		return rest[:3]
	}
	return ""
}

// str scans a string whose delimiter, or the @ before it, is at i. The token starts at l.pos.
func (l *lexer) str(i int) {
	if fence := l.fence(i); fence != "" {
		if n := strings.Index(l.text[i+3:], fence); n >= 0 {
			l.emit(TokString, i+3+n+3)
			return
		}
		l.fail(l.pos, i+3, "this string has no closing "+fence)
		l.emit(TokString, len(l.text))
		return
	}
	verbatim := l.at(i) == '@'
	if verbatim {
		i++
	}
	quote := l.text[i]
	i++
	for i < len(l.text) {
		switch c := l.text[i]; {
		case c == quote && verbatim && l.at(i+1) == quote:
			i += 2
		case c == quote:
			l.emit(TokString, i+1)
			return
		case c == '\n' || c == '\r':
			l.unclosed(i, quote)
			return
		case c == '\\' && !verbatim:
			n := escapeLen(l.text[i:])
			if n == 0 {
				end := min(i+2, len(l.text))
				if l.at(i+1) == '\n' || l.at(i+1) == '\r' {
					end = i + 1
				}
				l.fail(i, end, `unknown escape `+l.text[i:end]+` in a string; write \\ for a backslash, or put @ before the string`)
				n = 1
			}
			i += n
		default:
			i++
		}
	}
	l.unclosed(i, quote)
}

func (l *lexer) unclosed(end int, quote byte) {
	l.fail(l.pos, end, "this string has no closing "+string(rune(quote)))
	l.emit(TokString, end)
}

func (l *lexer) punctuation(c byte) {
	second := l.at(l.pos + 1)
	one := func(kind TokenKind) { l.emit(kind, l.pos+1) }
	two := func(kind TokenKind) { l.emit(kind, l.pos+2) }
	switch c {
	case '(':
		one(TokLParen)
	case ')':
		one(TokRParen)
	case '[':
		one(TokLBracket)
	case ']':
		one(TokRBracket)
	case '{':
		one(TokLBrace)
	case '}':
		one(TokRBrace)
	case '|':
		one(TokBar)
	case ',':
		one(TokComma)
	case ':':
		one(TokColon)
	case ';':
		one(TokSemicolon)
	case '+':
		one(TokPlus)
	case '-':
		one(TokMinus)
	case '*':
		one(TokStar)
	case '/':
		one(TokSlash)
	case '%':
		one(TokPercent)
	case '@':
		one(TokAt)
	case '.':
		if second == '.' {
			two(TokDotDot)
			return
		}
		one(TokDot)
	case '<':
		switch second {
		case '=':
			two(TokLe)
		case '>':
			two(TokNe)
		default:
			one(TokLt)
		}
	case '>':
		if second == '=' {
			two(TokGe)
			return
		}
		one(TokGt)
	case '=':
		switch second {
		case '=':
			two(TokEq)
		case '~':
			two(TokEqCI)
		case '>':
			two(TokArrow)
		default:
			one(TokAssign)
		}
	case '!':
		l.bang(second)
	default:
		l.bad()
	}
}

// bang scans what starts with an exclamation mark.
func (l *lexer) bang(second byte) {
	switch second {
	case '=':
		l.emit(TokNe, l.pos+2)
		return
	case '~':
		l.emit(TokNeCI, l.pos+2)
		return
	}
	end := l.pos + 1
	for isWordByte(l.at(end)) {
		end++
	}
	if l.text[l.pos:end] == "!in" && l.at(end) == '~' {
		end++
	}
	if _, ok := wordOps[l.text[l.pos:end]]; ok || l.text[l.pos:end] == "!between" {
		l.emit(TokWord, end)
		return
	}
	l.bad()
}

// bad scans one character that KQL has no use for.
func (l *lexer) bad() {
	_, size := utf8.DecodeRuneInString(l.text[l.pos:])
	l.emit(TokBad, l.pos+size)
}
